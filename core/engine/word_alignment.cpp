#include <ATen/ATen.h>

#include <algorithm>

#include "core/engine/alignment.h"
#include "core/engine/model_parts.h"
#include "core/files/error.h"
#include "core/fusion/fusion_names.h"
#include "core/inspect/ablation.h"
#include "core/inspect/trace.h"

namespace fusionscope::engine {

namespace {

using at::Tensor;

constexpr const char* purpose = "compare with words";

/// Rows with length 1; a row of zeros stays one.
Tensor directions(const Tensor& rows) {
    return rows / at::linalg_vector_norm(rows, 2, {-1}, /*keepdim=*/true).clamp_min(1e-12);
}

/// States of a text's ids in one layer, read without a picture: [ids, hidden] fp32.
Tensor statesIn(const Model::Parts& parts, const std::vector<int64_t>& ids, const std::string& layer, const Control& control) {
    if (static_cast<int64_t>(ids.size()) > parts.summary.contextTokens)
        throw Error(concat("the text has ", ids.size(), " tokens; this model reads ", parts.summary.contextTokens), "alignment",
                    "Shorten it.");
    inspect::Trace trace({"llm/" + layer});
    auto pass = parts.pass(control, "Reading the text");
    pass.recorder = &trace;
    const auto& decoder = parts.decoder();
    decoder.hidden(decoder.embed(ids), Tensor(), pass);
    return trace.activation("llm/" + layer).values.flatten(0, 1);
}

/// What the language model is given when only one block tells anything of the picture: mean over the patches, [hidden].
Tensor meanWithOnly(const models::FlorenceVl& model, const fusion::FeatureBlocks& blocks, fusion::Block block,
                    const models::EncodeOptions& encoding, int64_t firstPatch) {
    auto others = encoding.fusion.order;
    std::erase(others, block);
    const auto alone = inspect::replaceSelected(blocks, inspect::meansOf(blocks, firstPatch), {std::move(others), {}, {}});
    return model.project(alone, encoding, {})[0].to(c10::kCPU, c10::kFloat).mean(0);
}

}  // namespace

std::vector<std::string> wordLayers(const Model& model) {
    std::vector<std::string> layers;
    for (const auto& activation : model.activations(model.encodeOptions()))
        if (activation.isMap && activation.name.starts_with("llm/")) layers.push_back(activation.column);
    return layers;
}

WordAlignment wordAlignment(Model& model, const PictureHandle& picture, const std::string& text,
                            const std::string& layer, const models::EncodeOptions& encoding, const Control& control) {
    const c10::InferenceMode inference;
    auto& parts = model.parts();
    const auto& florence = parts.florenceVl(purpose);
    const auto& tokenizer = model.tokenizer();
    const auto layers = wordLayers(model);
    if (std::ranges::find(layers, layer) == layers.end())
        throw Error("\"" + layer + "\" is no layer of the language model", {}, concat("Known: embed, layer0 to layer", layers.size() - 3, ", norm."));
    if (encoding.fusion.kind == fusion::FusionKind::Tokens)
        throw Error("blocks joined one after another have no single place in the picture", "alignment",
                    "Join them by channels or average.");
    const auto ids = tokenizer.encode(text, {.addSpecial = true, .parseSpecial = false});
    auto words = wordsOf(tokenizer, ids);
    std::erase_if(words, [](const WordSpan& word) { return word.text.empty(); });
    if (words.empty()) throw Error("the text has no words", "alignment", "Write some.");

    AnswerStatistics ignored;
    const auto state = parts.encode(picture, encoding, parts.pass(control, "Encoding the picture"), ignored);
    const int64_t firstPatch = encoding.fusion.pooledToken == fusion::PooledToken::Kept ? 1 : 0;
    const Tensor rows = state->rows.to(c10::kCPU, c10::kFloat);
    const Tensor patches = directions(rows.narrow(0, firstPatch, rows.size(0) - firstPatch));
    const Tensor states = statesIn(parts, ids, layer, control);

    WordAlignment result;
    result.layer = layer;
    const auto side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(patches.size(0)))));
    Tensor sum = at::zeros({states.size(1)}, at::kFloat);
    for (auto& word : words) {
        const Tensor own = states[static_cast<int64_t>(word.first + word.count - 1)];
        sum += own;
        const Tensor cosines = at::mv(patches, directions(own)).contiguous();
        const auto* values = cosines.const_data_ptr<float>();
        result.words.push_back({std::move(word), {side, side, {values, values + cosines.numel()}}});
    }
    for (const auto block : encoding.fusion.order) {
        result.bars.emplace_back(fusion::name(block));
        const Tensor alone = meanWithOnly(florence, *state->blocks, block, encoding, firstPatch);
        result.agreement.push_back(at::dot(directions(alone), directions(sum)).item<double>());
    }
    return result;
}

}  // namespace fusionscope::engine
