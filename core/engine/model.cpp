#include "core/engine/model.h"

#include <ATen/ATen.h>

#include "core/engine/model_parts.h"

namespace fusionscope::engine {

namespace {

/// The part of a cache key that says how a picture was encoded.
std::string keyOf(const models::EncodeOptions& options) {
    std::string key = concat(static_cast<int>(options.fusion.pooledToken), options.fusion.maskPromptPadding,
                             static_cast<int>(options.fusion.kind), static_cast<int>(options.fusion.ablation), ':');
    for (const auto block : options.fusion.order) key += static_cast<char>('0' + static_cast<int>(block));
    key += ':';
    for (const auto block : options.fusion.ablated) key += static_cast<char>('0' + static_cast<int>(block));
    return key;
}

constexpr PromptKey visualBit = PromptKey{1} << 63;
constexpr int rowBits = 24;

}  // namespace

Model::Model() = default;
Model::~Model() = default;

const ModelSummary& Model::summary() const { return m_parts->summary; }
const text::Tokenizer& Model::tokenizer() const {
    if (m_parts->tokenizer) return *m_parts->tokenizer;
    throw Error("has no tokenizer", m_parts->summary.folder, "Copy tokenizer.json from where the model comes from.");
}

const text::ChatTemplate& Model::chatTemplate() const {
    if (m_parts->chatTemplate) return *m_parts->chatTemplate;
    const auto& summary = m_parts->summary;
    tokenizer();
    if (summary.runsTasks)
        throw Error("a Florence-2 answers task prompts, not conversations", summary.folder, "Use its tasks instead.");
    throw Error("does not say how it writes conversations", summary.folder,
                "Name a template, for example --template llama3.");
}

models::EncodeOptions Model::encodeOptions() const { return m_parts->encoding; }

GenerationOptions Model::generationDefaults() const {
    GenerationOptions result;
    const auto json = m_parts->folder.jsonIf("generation_config.json");
    if (!json) return result;
    const files::Fields fields(*json, m_parts->folder.where("generation_config.json"));
    result.greedy = !fields.flagOr("do_sample", false);
    result.temperature = fields.numberOr("temperature", 1.0, {0, 100});
    if (result.temperature == 0) result.greedy = true;
    if (result.greedy) result.temperature = 1.0;
    result.topK = result.greedy ? 0 : fields.integerOr("top_k", 50, {0, 1'000'000});
    result.topP = result.greedy ? 1.0 : fields.numberOr("top_p", 1.0, {0, 1});
    result.minP = result.greedy ? 0.0 : fields.numberOr("min_p", 0.0, {0, 1});
    result.repetitionPenalty = fields.numberOr("repetition_penalty", 1.0, {0.01, 100});
    return result;
}

models::ExtraPrompt Model::extraPrompt(const std::string& name, const std::string& text) const {
    models::ExtraPrompt prompt{name, m_parts->tower().encode(text, {.addSpecial = true, .parseSpecial = true})};
    if (name.empty() || name.find_first_of("/*?#") != std::string::npos)
        throw Error("\"" + name + "\" cannot name a prompt", "", "Use letters, digits, spaces and dashes.");
    return prompt;
}

int64_t Model::visualTokens(const models::EncodeOptions& options) const {
    return m_parts->visionLanguage().visualTokens(options);
}

text::EncodedPrompt Model::encodePrompt(const std::vector<text::Message>& messages) const {
    return chatTemplate().encode(messages, tokenizer());
}

image::ProcessedPicture Model::preprocess(const PictureHandle& picture) const {
    return m_parts->process(picture);
}

void Model::forget() {
    m_parts->visuals.clear();
    m_parts->forgetPrompt();
}

void Model::Parts::forgetPrompt() {
    cachedKeys.clear();
    if (cache) cache->truncate(0);
}

int64_t Model::towerRuns() const { return m_parts->towerRuns; }

const models::VisionLanguageModel& Model::Parts::visionLanguage() const {
    if (const auto* model = loaded.visionLanguage()) return *model;
    throw Error(summary.runsTasks ? "a Florence-2 has no language model that reads pictures"
                                  : "is a language model without a vision tower",
                summary.folder, summary.runsTasks ? "Use its tasks instead." : "Ask it without pictures.");
}

const models::Florence2& Model::Parts::florence2() const {
    if (const auto* model = loaded.florence2()) return *model;
    throw Error("has no Florence-2 decoder and cannot run its tasks", summary.folder, "Load a Florence-2 checkpoint.");
}

const models::FlorenceVl& Model::Parts::florenceVl(const std::string& purpose) const {
    if (const auto* model = dynamic_cast<const models::FlorenceVl*>(loaded.visionLanguage())) return *model;
    throw Error("has no depth-breadth fusion to " + purpose, summary.folder, "Load a Florence-VL.");
}

const language::Decoder& Model::Parts::decoder() const {
    if (const auto* decoder = loaded.decoder()) return *decoder;
    throw Error("a Florence-2 answers task prompts, not conversations", summary.folder, "Use its tasks instead.");
}

const text::Tokenizer& Model::Parts::tower() const {
    if (summary.runsTasks && tokenizer) return *tokenizer;
    if (!towerTokenizer) {
        for (const auto* name : {"vision_tower/tokenizer.json", "vision_tower/vocab.json"})
            if (folder.has(name)) {
                text::LoadOptions loading;
                loading.florenceTokens = true;
                towerTokenizer = text::loadTokenizer(folder.path() / "vision_tower", loading);
                return *towerTokenizer;
            }
        throw Error("the vision tower's tokenizer is missing", (folder.path() / "vision_tower").string(),
                    "Put tokenizer.json of the Florence-2 that the tower was made from there to use prompts of your own.");
    }
    return *towerTokenizer;
}

nn::Pass Model::Parts::pass(const Control& control, const std::string& task) const {
    nn::Pass result{control.stop, nullptr, {}};
    if (control.progress) result.progress = [&control, task](double share) { control.report(task, share); };
    return result;
}

image::ProcessedPicture Model::Parts::process(const PictureHandle& picture) const {
    if (!processor)
        throw Error("is a language model without a vision tower", summary.folder, "Ask it without pictures.");
    return processor->process(picture.picture(),
                              options.pillow13Order ? image::PassOrder::Pillow13 : image::PassOrder::HorizontalFirst);
}

models::PictureTensors Model::Parts::tensors(const image::ProcessedPicture& processed) const {
    const at::Tensor pixels =
        at::from_blob(const_cast<float*>(processed.pixels.data()),
                      {processed.views, 3, processed.size.height, processed.size.width}, c10::kFloat)
            .clone();
    return {pixels, processed.original.height, processed.original.width};
}

std::shared_ptr<const VisualState> Model::Parts::encode(const PictureHandle& picture,
                                                        const models::EncodeOptions& encodeOptions,
                                                        const nn::Pass& pass, AnswerStatistics& statistics) {
    const std::string key = picture.hash() + '|' + keyOf(encodeOptions);
    if (auto known = visuals.find(key)) {
        ++statistics.reusedPictures;
        return known;
    }
    Stopwatch watch;
    const auto input = tensors(process(picture));
    statistics.pictureSeconds += watch.seconds() + picture.decodeSeconds();
    watch = {};
    at::Tensor rows;
    std::optional<fusion::FeatureBlocks> blocks;
    if (const auto* florence = dynamic_cast<const models::FlorenceVl*>(&visionLanguage())) {
        blocks = florence->features(std::vector{input}, encodeOptions, pass);
        rows = florence->project(*blocks, encodeOptions, pass)[0];
    } else {
        rows = visionLanguage().encode(input, encodeOptions, pass);
    }
    statistics.encodeSeconds += watch.seconds();
    ++statistics.encodedPictures;
    ++towerRuns;
    return visuals.put(key, std::move(rows), std::move(blocks));
}

SplicedPrompt Model::Parts::splice(text::EncodedPrompt prompt,
                                   std::vector<std::shared_ptr<const VisualState>> states) const {
    if (prompt.images.size() != states.size())
        throw Error(concat("the conversation has ", prompt.images.size(), " places for pictures and ", states.size(),
                           " pictures"),
                    "request");
    SplicedPrompt result;
    result.ids = std::move(prompt.ids);
    result.visuals = std::move(states);
    size_t next = 0;
    for (size_t i = 0; i < result.ids.size(); ++i) {
        if (next == prompt.images.size() || i != prompt.images[next]) {
            result.keys.push_back(static_cast<PromptKey>(result.ids[i]));
            continue;
        }
        const auto& state = *result.visuals[next++];
        result.visualStarts.push_back(result.keys.size());
        for (int64_t row = 0; row < state.rows.size(0); ++row)
            result.keys.push_back(visualBit | state.serial << rowBits | static_cast<PromptKey>(row));
        result.visualTokens += state.rows.size(0);
    }
    return result;
}

SplicedPrompt Model::Parts::splice(const ChatRequest& request, const Control& control, AnswerStatistics& statistics) {
    std::vector<std::shared_ptr<const VisualState>> states;
    for (size_t i = 0; i < request.pictures.size(); ++i) {
        const auto task = concat("Encoding picture ", i + 1, " of ", request.pictures.size());
        states.push_back(encode(request.pictures[i], request.encoding, pass(control, task), statistics));
    }
    auto result = splice(chatTemplate->encode(request.messages, *tokenizer), std::move(states));
    if (result.length() >= summary.contextTokens)
        throw Error(concat("the conversation has ", result.length(), " tokens, ", result.visualTokens,
                           " of them for pictures; this model reads ", summary.contextTokens - 1, " and then answers"),
                    summary.folder, "Start a new chat, shorten the question or remove a picture.");
    statistics.promptTokens = result.length();
    statistics.visualTokens = result.visualTokens;
    return result;
}

at::Tensor Model::Parts::embeddings(const SplicedPrompt& prompt, int64_t first) const {
    const auto& model = decoder();
    const auto length = prompt.length();
    std::vector<at::Tensor> parts;
    const auto addText = [&](int64_t from, int64_t to) {
        from = std::max(from, first);
        if (from >= to) return;
        std::vector<int64_t> ids(prompt.keys.begin() + from, prompt.keys.begin() + to);
        parts.push_back(model.embed(ids));
    };
    int64_t at = 0;
    for (size_t i = 0; i < prompt.visuals.size(); ++i) {
        const auto start = static_cast<int64_t>(prompt.visualStarts[i]);
        const auto& rows = prompt.visuals[i]->rows;
        addText(at, start);
        const int64_t skipped = std::clamp<int64_t>(first - start, 0, rows.size(0));
        if (skipped < rows.size(0))
            parts.push_back(rows.narrow(0, skipped, rows.size(0) - skipped)
                                .to(model.device(), model.type())
                                .unsqueeze(0));
        at = start + rows.size(0);
    }
    addText(at, length);
    return at::cat(parts, 1);
}

int64_t Model::Parts::reusePrefix(const SplicedPrompt& prompt) {
    const auto known = std::min({cachedKeys.size(), prompt.keys.size() - 1, static_cast<size_t>(cache->length())});
    const auto limit = cachedKeys.begin() + static_cast<int64_t>(known);
    const auto shared = std::mismatch(cachedKeys.begin(), limit, prompt.keys.begin()).first - cachedKeys.begin();
    cache->truncate(shared);
    cachedKeys.resize(static_cast<size_t>(shared));
    return shared;
}

}  // namespace fusionscope::engine
