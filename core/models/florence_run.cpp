#include <ATen/ATen.h>

#include <algorithm>

#include "core/files/error.h"
#include "core/models/florence2.h"
#include "core/models/florence_activations.h"
#include "core/models/florence_vl.h"

namespace fusionscope::models {

namespace {

std::vector<int64_t> toVector(const Tensor& ids) {
    const Tensor flat = ids.contiguous();
    return {flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel()};
}

/// A mask of the encoder's input: all picture tokens, then the prompts' own mask.
Tensor encoderMask(const Tensor& idsMask, int64_t imageTokens) {
    if (!idsMask.defined()) return {};
    return at::cat({at::ones({idsMask.size(0), imageTokens}, idsMask.options()), idsMask}, 1);
}

}  // namespace

void FlorenceVl::run(const RawTensors& inputs, const EncodeOptions& options, const nn::Pass& pass) const {
    const auto& like = m_tower.embedding();
    std::vector<Tensor> pictures;
    if (inputs.pixels.defined()) {
        const Tensor pixels = inputs.singleViews().to(like.device(), like.scalar_type());
        pictures = project(features(pixels, options, pass), options, pass).unbind(0);
    }
    if (!inputs.ids.defined()) return;

    std::vector<Tensor> rows;  // [length, hidden] each
    int64_t longest = 0;
    auto picture = pictures.begin();
    for (int64_t i = 0; i < inputs.ids.size(0); ++i) {
        const auto ids = toVector(inputs.mask.defined() ? inputs.ids[i].masked_select(inputs.mask[i]) : inputs.ids[i]);
        const auto places = std::count(ids.begin(), ids.end(), picturePlaceholder);
        if (places > pictures.end() - picture)
            throw Error(
                concat("input_ids have more places for pictures than the ", pictures.size(), " in pixel_values"),
                "inputs");
        rows.push_back(splice(ids, {picture, picture + places}).squeeze(0));
        picture += places;
        longest = std::max(longest, rows.back().size(0));
    }
    std::vector<Tensor> padded, masks;
    for (const auto& row : rows) {
        const int64_t missing = longest - row.size(0);
        padded.push_back(at::constant_pad_nd(row, {0, 0, 0, missing}));
        masks.push_back(at::arange(longest, row.options().dtype(c10::kLong)).lt(row.size(0)));
    }
    const Tensor mask = rows.size() > 1 ? at::stack(masks) : Tensor();
    m_decoder.logits(m_decoder.hidden(at::stack(padded), mask, pass), pass);
}

void Florence2::run(const RawTensors& inputs, const nn::Pass& pass) const {
    if (!inputs.pixels.defined()) throw Error("there are no pixel_values", "inputs");
    const auto& like = m_tower.embedding();
    const Tensor image = m_tower.imageFeatures(inputs.singleViews().to(like.device(), like.scalar_type()), pass);
    pass.record("tower/image", image);
    if (!inputs.ids.defined()) return;

    checkIds(toVector(inputs.ids), like.size(0), "input_ids");
    const std::vector<std::string> names = {"prompt"};
    const Tensor ids = inputs.ids.to(like.device());
    const Tensor mask = inputs.mask.defined() ? inputs.mask.to(like.device()) : Tensor();
    // The rows are prompts of one picture; as recorded, each is a batch entry of the one name "prompt".
    const Tensor encoded = m_tower.encode(image.narrow(0, 0, 1), ids, mask, pass, encoderRecorder(pass, names));
    pass.record(encoderActivation("prompt", "image"), encoded.narrow(1, 1, image.size(1) - 1));
    if (!inputs.decoderIds.defined()) return;

    checkIds(toVector(inputs.decoderIds), like.size(0), "decoder_input_ids");
    if (inputs.decoderIds.size(0) != encoded.size(0))
        throw Error(concat("decoder_input_ids has ", inputs.decoderIds.size(0), " rows, input_ids ", encoded.size(0)),
                    "inputs");
    logits(inputs.decoderIds.to(like.device()), encoded, encoderMask(mask, image.size(1)), pass);
}

}  // namespace fusionscope::models
