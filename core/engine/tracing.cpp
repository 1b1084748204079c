#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/engine/model_parts.h"
#include "core/engine/word_matching.h"
#include "core/files/safetensors.h"
#include "core/inspect/glob.h"
#include "core/inspect/tensor_map.h"
#include "core/inspect/trace.h"
#include "core/models/florence_tasks.h"

namespace fusionscope::engine {

namespace {

/// Splits "<OD> text" into marker and text. A prompt without a marker is the person's own words.
std::pair<std::string, std::string> taskAndText(const std::string& prompt) {
    const auto end = prompt.find('>');
    if (prompt.empty() || prompt.front() != '<' || end == std::string::npos) return {"", prompt};
    auto text = prompt.substr(end + 1);
    text.erase(0, text.find_first_not_of(' '));
    return {prompt.substr(0, end + 1), text};
}

bool isLanguageName(const std::string& name) { return name.starts_with("llm/"); }

/// A question about what was seen, with its rows in place. @param states rows, and what ends a video
SplicedPrompt questionAbout(const Model::Parts& parts, image::Size picture, image::PictureUse use, const VisualStates& states,
                            const std::string& question, const models::EncodeOptions& options) {
    const bool isVideo = use == image::PictureUse::Frame;
    auto seen = isVideo ? text::ContentItem::video() : text::ContentItem::image();
    std::vector<text::Message> messages = {{text::Role::User, {std::move(seen), text::ContentItem::ofText(question)}}};
    if (!isVideo) return parts.splice(parts.encodePrompt(messages, {{picture, use}}, {}, options), {states.front()});
    if (parts.chatTemplate->writesFrames()) {
        messages = parts.chatTemplate->withFrames(messages, {{{0.0}, 0}});
        return parts.splice(parts.encodePrompt(messages, {{picture, use}}, {}, options), {states.front()});
    }
    int64_t tokens = 0;
    for (const auto& state : states) tokens += state->rows.size(0);
    return parts.splice(parts.encodePrompt(messages, {}, {tokens}, options), {}, {states});
}

/// Where the tokens of a picture of this size stand when a question is asked about it.
at::Tensor placesOfPicture(const Model::Parts& parts, image::Size picture, image::PictureUse use, const std::string& question,
                           const models::EncodeOptions& options) {
    const auto stateOf = [](int64_t rows) {
        return std::make_shared<const VisualState>(VisualState{at::empty({rows, 0}), 0, {}});
    };
    const auto state = stateOf(parts.visualTokens({picture, use}, options));
    VisualStates states = {state};
    if (const auto end = parts.visionLanguage().videoEnd(); end.defined()) states.push_back(stateOf(end.size(0)));
    std::vector<int64_t> places;
    for (const auto& run : questionAbout(parts, picture, use, states, question, options).runs)
        for (int64_t row = 0; run.state == state && row < run.rows; ++row) places.push_back(run.start + row);
    return at::tensor(places, c10::kLong);
}

void traceTask(Model& model, const models::Florence2& florence, const PictureHandle* picture, const std::string& prompt,
               const nn::Pass& pass) {
    if (!picture) throw Error("a Florence-2 needs a picture", "request", "Give one.");
    const auto [marker, text] = taskAndText(prompt.empty() ? "<CAPTION>" : prompt);
    const auto words = marker.empty() ? text : models::florencePrompt(models::florenceTask(marker), text);
    const auto ids = model.tokenizer().encode(words, {.addSpecial = true, .parseSpecial = true});
    const auto encoded = florence.encode(model.parts().tensors(model.preprocess(*picture)), ids, pass);
    ++model.parts().towerRuns;
    if (pass.wants("tower/decoder/logits")) florence.generate(encoded, florence.defaults(), pass);
}

void tracePair(Model& model, const models::SiglipPair& pair, const PictureHandle* picture, const std::string& prompt,
               const nn::Pass& pass) {
    if (picture) {
        pair.encode(model.parts().tensors(model.preprocess(*picture)).pixels, pass);
        ++model.parts().towerRuns;
    }
    if (!prompt.empty()) pair.text(siglipIds(model, prompt), pass);
}

}  // namespace

at::Tensor gridOf(at::Tensor values, const models::ActivationInfo& info) {
    const int64_t rows = info.shape.at(0), columns = info.shape.at(1), views = info.viewRows * info.viewColumns;
    if (values.dim() == 2) values = values.unsqueeze(0);
    const bool ofTiles = info.name != info.recorded(), language = isLanguageName(info.name);
    if (views == 1 && (language || !ofTiles)) {
        const int64_t line = columns + info.lineEnd;
        const at::Tensor tokens = values.select(0, info.firstView).narrow(0, info.firstPatch, rows * line);
        return tokens.unflatten(0, {rows, line}).narrow(1, 0, columns);
    }
    if (language)
        values = values.narrow(1, info.firstPatch, rows * columns).unflatten(1, {views, -1}).squeeze(0);
    const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(values.size(1)))));
    return values.narrow(0, info.firstView, views)
        .unflatten(1, {side, side})
        .unflatten(0, {info.viewRows, info.viewColumns})  // [view rows, view columns, side, side, channels]
        .transpose(1, 2)
        .flatten(2, 3)
        .flatten(0, 1)
        .narrow(0, info.cutTop, rows)
        .narrow(1, info.cutLeft, columns);
}

std::vector<models::ActivationInfo> Model::activations(const models::EncodeOptions& options, image::Size picture,
                                                       image::PictureUse use) const {
    if (const auto* florence = m_parts->loaded.florence2()) return florence->activations();
    if (const auto* pair = m_parts->loaded.siglip()) return pair->activations();
    const auto layout = m_parts->layout(picture, m_parts->processing(options, use));
    return m_parts->visionLanguage().activations(layout, options);
}

std::vector<NamedTensor> Model::trace(const std::vector<std::string>& patterns, const PictureHandle* picture,
                                      const std::string& prompt, const models::EncodeOptions& options,
                                      const Control& control, image::PictureUse use) {
    const c10::InferenceMode inference;
    auto& parts = *m_parts;
    if (!picture && prompt.empty())
        throw Error("there is neither a picture nor a prompt to trace", "request", "Give a picture, a prompt or both.");
    inspect::Trace trace(patterns);
    auto pass = parts.pass(control, "Tracing");
    pass.recorder = &trace;

    if (const auto* florence = parts.loaded.florence2()) {
        traceTask(*this, *florence, picture, prompt, pass);
        return trace.numbers();
    }
    if (const auto* pair = parts.loaded.siglip()) {
        tracePair(*this, *pair, picture, prompt, pass);
        return trace.numbers();
    }
    VisualStates states;
    if (picture) {
        const auto input = parts.tensors(preprocess(*picture, options, use), use);
        auto rows = parts.visionLanguage().encode(input, options, pass);
        ++parts.towerRuns;
        states.push_back(std::make_shared<const VisualState>(VisualState{std::move(rows), 0, {}}));
        if (use == image::PictureUse::Frame)
            if (auto end = parts.videoEnd()) states.push_back(std::move(end));
    }
    if (!prompt.empty()) {
        chatTemplate();
        const text::Message words{text::Role::User, {text::ContentItem::ofText(prompt)}};
        const auto spliced = picture ? questionAbout(parts, picture->size(), use, states, prompt, options)
                                     : parts.splice(parts.encodePrompt({words}, {}, {}, options), {});
        if (spliced.length() > parts.summary.contextTokens)
            throw Error(concat("the prompt has ", spliced.length(), " tokens; this model reads ",
                               parts.summary.contextTokens),
                        parts.summary.folder, "Shorten it.");
        const auto& decoder = parts.decoder();
        const auto hidden = decoder.hidden(parts.embeddings(spliced, 0), at::Tensor(), pass);
        if (pass.wants("llm/logits")) decoder.logits(hidden, pass);
    }
    return trace.numbers();
}

std::vector<NamedTensor> Model::trace(const std::vector<std::string>& patterns, const RawInputs& inputs,
                                      const models::EncodeOptions& options, const Control& control) {
    const c10::InferenceMode inference;
    auto& parts = *m_parts;
    const auto table = files::readSafetensors(inputs.file).tensors;
    const auto raw = models::readRawTensors(table, inputs.inputCase, inputs.file.string());
    inspect::Trace trace(patterns);
    auto pass = parts.pass(control, "Tracing");
    pass.recorder = &trace;
    models::runRaw(parts.loaded, raw, options, pass);
    if (raw.pixels.defined()) ++parts.towerRuns;
    return trace.numbers();
}

std::vector<FeatureMap> Model::featureMaps(const std::vector<std::string>& patterns, const PictureHandle& picture,
                                           const std::string& prompt, const models::EncodeOptions& options,
                                           const Control& control, image::PictureUse use) {
    std::vector<models::ActivationInfo> wanted;
    for (auto& info : activations(options, picture.size(), use))
        if (info.isMap && std::ranges::any_of(patterns, [&](const std::string& pattern) {
                return inspect::globMatches(pattern, info.name);
            }))
            wanted.push_back(std::move(info));
    if (wanted.empty()) return {};

    std::vector<std::string> names;
    for (const auto& info : wanted)
        if (std::ranges::find(names, info.recorded()) == names.end()) names.push_back(info.recorded());
    const bool language = std::ranges::any_of(names, isLanguageName);
    if (language && prompt.empty())
        throw Error("maps of the language model's layers need a question", "request", "Give a prompt.");
    // A Florence-2's prompt is its task, which the encoder reads.
    const bool prompted = language || m_parts->loaded.florence2();
    const auto traced = trace(names, &picture, prompted ? prompt : std::string(), options, control, use);
    at::Tensor places;  // of the picture's tokens in the language model's prompt
    if (language) places = placesOfPicture(*m_parts, picture.size(), use, prompt, options);

    std::vector<FeatureMap> maps;
    for (const auto& info : wanted) {
        const auto found = std::ranges::find(traced, info.recorded(), &NamedTensor::name);
        if (found == traced.end()) throw Error("was not recorded", info.name);
        at::Tensor values = at::from_blob(const_cast<float*>(found->values.data()), found->shape, c10::kFloat);
        if (isLanguageName(info.name)) values = values.squeeze(0).index_select(0, places);
        auto map = inspect::toFeatureMap(gridOf(values, info), info.name, static_cast<int>(info.shape.at(0)),
                                         static_cast<int>(info.shape.at(1)));
        map.reachesLanguageModel = info.reachesLanguageModel;
        maps.push_back(std::move(map));
    }
    return maps;
}

}  // namespace fusionscope::engine
