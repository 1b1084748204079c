#include "core/engine/word_matching.h"

#include <ATen/ATen.h>
#include <utf8proc.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/engine/alignment.h"
#include "core/engine/model_parts.h"
#include "core/fusion/fusion_names.h"
#include "core/inspect/ablation.h"
#include "core/inspect/trace.h"
#include "core/text/utf8.h"

namespace fusionscope::engine {

namespace {

using at::Tensor;

/// Rows with length 1; a row of zeros stays one.
Tensor directions(const Tensor& rows) {
    return rows / at::linalg_vector_norm(rows, 2, {-1}, /*keepdim=*/true).clamp_min(1e-12);
}

/// What the language model is given when only one block tells anything of the picture: mean over the patches, [hidden].
Tensor meanWithOnly(const models::FlorenceVl& model, const fusion::FeatureBlocks& blocks, fusion::Block block,
                    const models::EncodeOptions& encoding, int64_t firstPatch) {
    auto others = encoding.fusion.order;
    std::erase(others, block);
    const auto alone = inspect::replaceSelected(blocks, inspect::meansOf(blocks, firstPatch), {std::move(others), {}, {}});
    return model.project(alone, encoding, {})[0].to(c10::kCPU, c10::kFloat).mean(0);
}

/// The places in the picture of what the language model reads.
std::vector<models::ActivationInfo> placesOf(const Model& model, image::Size picture, const models::EncodeOptions& encoding,
                                             image::PictureUse use) {
    auto list = model.activations(encoding, picture, use);
    std::erase_if(list, [](const auto& info) { return !info.isMap || info.recorded() != "llm/embed"; });
    return list;
}

PictureMeaning siglipMeaning(const models::SiglipPair& pair, const Tensor& rows) {
    const int64_t side = pair.config().tower.gridSide();
    return {{rows.narrow(0, 1, side * side).unflatten(0, {side, side})}, {{"image", rows[0]}}};
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

/// Lower case, without punctuation, words one space apart: as SigLIP's texts were written.
std::string plainWords(const std::string& text) {
    std::string plain;
    bool space = false;
    for (size_t at = 0; at < text.size();) {
        const auto point = text::readCodePoint(text, at);
        at += point.size;
        const bool ascii = point.value < 128;
        if (ascii && std::ispunct(static_cast<int>(point.value))) continue;
        if (ascii && std::isspace(static_cast<int>(point.value))) {
            space = !plain.empty();
            continue;
        }
        if (space) plain += ' ';
        space = false;
        text::appendCodePoint(plain, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point.value))));
    }
    return plain;
}

}  // namespace

at::Tensor siglipIds(const Model& model, const std::string& text) {
    const auto* pair = model.parts().loaded.siglip();
    const auto& tokenizer = model.tokenizer();
    const auto longest = static_cast<size_t>(pair->config().text.longest);
    const int64_t end = tokenizer.eos().value_or(1);
    auto ids = tokenizer.encode(plainWords(text), {.addSpecial = false, .parseSpecial = false});
    if (ids.size() >= longest) ids.resize(longest - 1);
    ids.push_back(end);
    ids.resize(longest, tokenizer.pad().value_or(end));
    return at::tensor(ids, c10::kLong).unsqueeze(0);
}

PictureMeaning meaningOf(Model& model, const PictureHandle& picture, const models::EncodeOptions& encoding,
                         image::PictureUse use, const Control& control) {
    const c10::InferenceMode inference;
    auto& parts = model.parts();
    AnswerStatistics ignored;
    const auto state = parts.encode(picture, encoding, parts.pass(control, "Encoding the picture"), ignored, use);
    const Tensor rows = state->rows.to(c10::kCPU, c10::kFloat);
    if (const auto* pair = parts.loaded.siglip()) return siglipMeaning(*pair, rows);

    PictureMeaning meaning;
    const auto places = placesOf(model, picture.size(), encoding, use);
    if (places.empty())
        throw Error("blocks joined one after another have no single place in the picture", "alignment",
                    "Join them by channels or average.");
    for (const auto& place : places) meaning.maps.push_back(gridOf(rows, place));
    if (const auto* florence = dynamic_cast<const models::FlorenceVl*>(parts.loaded.visionLanguage())) {
        for (const auto block : encoding.fusion.order)
            meaning.means.emplace_back(fusion::name(block), meanWithOnly(*florence, *state->blocks, block, encoding,
                                                                         places.front().firstPatch));
        return meaning;
    }
    for (size_t i = 0; i < places.size(); ++i)
        meaning.means.emplace_back(i == 0 ? "image" : "tiles", meaning.maps[i].flatten(0, 1).mean(0));
    return meaning;
}

TextMeaning meaningOf(const Model& model, const std::string& text, const std::string& layer, const Control& control) {
    const c10::InferenceMode inference;
    const auto& parts = model.parts();
    const auto& tokenizer = model.tokenizer();
    const auto layers = wordLayers(model);
    if (layers.empty()) throw Error("reads no texts that pictures could be compared with", parts.summary.folder);
    TextMeaning meaning;
    meaning.layer = layer.empty() ? layers.back() : layer;
    if (std::ranges::find(layers, meaning.layer) == layers.end())
        throw Error("\"" + layer + "\" is no layer of the language model", {},
                    layers.size() == 1 ? concat("Known: ", layers.front(), ".")
                                       : concat("Known: embed, layer0 to layer", layers.size() - 3, ", norm."));
    const auto ids = tokenizer.encode(text, {.addSpecial = true, .parseSpecial = false});
    meaning.words = wordsOf(tokenizer, ids);
    std::erase_if(meaning.words, [](const WordSpan& word) { return word.text.empty(); });
    if (meaning.words.empty()) throw Error("the text has no words", "alignment", "Write some.");

    if (const auto* pair = parts.loaded.siglip()) {
        const auto pooled = [&](const std::string& words) {
            return pair->text(siglipIds(model, words), parts.pass(control, "Reading the text"))[0].to(c10::kCPU, c10::kFloat);
        };
        for (const auto& word : meaning.words) meaning.states.push_back(pooled(word.text));
        meaning.whole = pooled(text);
        return meaning;
    }
    const Tensor states = statesIn(parts, ids, meaning.layer, control);
    meaning.whole = at::zeros({states.size(1)}, at::kFloat);
    for (const auto& word : meaning.words) {
        meaning.states.push_back(states[static_cast<int64_t>(word.first + word.count - 1)]);
        meaning.whole += meaning.states.back();
    }
    return meaning;
}

inspect::ScalarMap cosines(const at::Tensor& map, const at::Tensor& state) {
    const Tensor all = at::matmul(directions(map), directions(state)).contiguous();  // [rows, columns]
    const auto* values = all.const_data_ptr<float>();
    return {static_cast<int>(map.size(0)), static_cast<int>(map.size(1)), {values, values + all.numel()}};
}

double cosine(const at::Tensor& a, const at::Tensor& b) {
    return at::dot(directions(a), directions(b)).item<double>();
}

}  // namespace fusionscope::engine
