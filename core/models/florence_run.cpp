#include <ATen/ATen.h>

#include <algorithm>

#include "core/files/error.h"
#include "core/models/florence2.h"
#include "core/models/florence_vl.h"

namespace fusionscope::models {

namespace {

void requirePictures(const Tensor& pixels, int64_t side) {
    if (!pixels.defined()) throw Error("there are no pixel_values", "inputs");
    if (pixels.size(1) != 3 || pixels.size(2) != pixels.size(3) || pixels.size(2) < side || pixels.size(0) < 1)
        throw Error(concat("pixel_values has shape ", pixels.sizes(), ", expected [pictures, 3, side, side]"), "inputs");
}

Tensor idsOfRow(const Tensor& ids, int64_t row) { return ids[row].contiguous(); }

std::vector<int64_t> toVector(const Tensor& ids) {
    return {ids.data_ptr<int64_t>(), ids.data_ptr<int64_t>() + ids.numel()};
}

}  // namespace

void FlorenceVl::run(const RawTensors& inputs, const EncodeOptions& options, const nn::Pass& pass) const {
    std::vector<Tensor> pictures;
    if (inputs.pixels.defined()) {
        requirePictures(inputs.pixels, 1);
        const auto& like = m_tower.embedding();
        const Tensor visual = project(features(inputs.pixels.to(like.device(), like.scalar_type()), options, pass),
                                      options, pass);
        pictures = visual.unbind(0);
    }
    if (!inputs.ids.defined()) return;
    for (int64_t row = 0; row < inputs.ids.size(0); ++row) {
        Tensor ids = idsOfRow(inputs.ids, row);
        if (inputs.mask.defined()) ids = ids.masked_select(inputs.mask[row]);
        const auto list = toVector(ids);
        const auto places = static_cast<size_t>(std::count(list.begin(), list.end(), picturePlaceholder));
        if (places > pictures.size())
            throw Error(concat("row ", row, " of input_ids has ", places, " pictures, pixel_values ", pictures.size()),
                        "inputs");
        const Tensor embeddings = splice(list, {pictures.begin(), pictures.begin() + static_cast<int64_t>(places)});
        m_decoder.logits(m_decoder.hidden(embeddings, Tensor(), pass), pass);
    }
}

void Florence2::run(const RawTensors& inputs, const nn::Pass& pass) const {
    requirePictures(inputs.pixels, 1);
    const auto& like = m_tower.embedding();
    const Tensor image = m_tower.imageFeatures(inputs.pixels.to(like.device(), like.scalar_type()), pass);
    pass.record("tower/image", image);
    if (!inputs.ids.defined()) return;
    if (inputs.ids.min().item<int64_t>() < 0 || inputs.ids.max().item<int64_t>() >= like.size(0))
        throw Error(concat("input_ids holds ids outside the vocabulary of ", like.size(0)), "inputs");
    const Tensor ids = inputs.ids.to(like.device());
    const Tensor mask = inputs.mask.defined() ? inputs.mask.to(like.device()) : Tensor();
    const int64_t last = m_tower.encoder().layerCount();
    const Tensor encoded = m_tower.encode(
        image.narrow(0, 0, 1), ids, mask, pass, [&](int64_t layer, const Tensor& hidden) {
            pass.record(concat("tower/encoder/prompt/layer", layer), hidden);
            if (layer == last) pass.record("tower/encoder/prompt/image", hidden.narrow(1, 0, image.size(1)));
        });
    if (!inputs.decoderIds.defined()) return;
    if (inputs.decoderIds.size(0) != encoded.size(0))
        throw Error(concat("decoder_input_ids has ", inputs.decoderIds.size(0), " rows, input_ids ", encoded.size(0)),
                    "inputs");
    if (inputs.decoderIds.min().item<int64_t>() < 0 || inputs.decoderIds.max().item<int64_t>() >= like.size(0))
        throw Error(concat("decoder_input_ids holds ids outside the vocabulary of ", like.size(0)), "inputs");
    Tensor encodedMask;
    if (mask.defined())
        encodedMask = at::cat({at::ones({mask.size(0), image.size(1)}, mask.options()), mask}, 1);
    const Tensor hidden = m_decoder(inputs.decoderIds.to(like.device()), encoded, encodedMask, pass,
                                    [&](int64_t layer, const Tensor& state) {
                                        pass.record(concat("tower/decoder/layer", layer), state);
                                    });
    pass.record("tower/decoder/logits", m_decoder.logits(hidden));
}

}  // namespace fusionscope::models
