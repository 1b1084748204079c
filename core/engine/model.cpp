#include "core/engine/model.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/engine/model_parts.h"
#include "core/engine/picture_processor.h"

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

/// Likewise how it was cut.
std::string keyOf(const image::ProcessOptions& processing) {
    return concat(static_cast<int>(processing.order), static_cast<int>(processing.use), processing.tiles,
                  processing.white);
}

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
    if (m_parts->loaded.florence2())
        throw Error("a Florence-2 answers task prompts, not conversations", summary.folder, "Use its tasks instead.");
    if (summary.matchesTexts) throw Error("a SigLIP answers nothing", summary.folder, "Compare pictures with words instead.");
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

int64_t Model::visualTokens(const models::EncodeOptions& options, image::Size picture, image::PictureUse use) const {
    return m_parts->visualTokens(PlacedPicture{picture, use}, options);
}

text::EncodedPrompt Model::encodePrompt(const std::vector<text::Message>& messages,
                                        const std::vector<image::Size>& pictures,
                                        const std::vector<VideoShape>& videos) const {
    const auto options = encodeOptions();
    auto shown = placed(pictures);
    if (!chatTemplate().writesFrames()) {
        std::vector<int64_t> videoTokens;
        for (const auto& video : videos) videoTokens.push_back(m_parts->visualTokens(video, options));
        return m_parts->encodePrompt(messages, shown, videoTokens, options);
    }
    // Frames are pictures among the others, in the order of the conversation.
    std::vector<text::VideoTimes> times;
    size_t place = 0, video = 0;
    for (const auto& message : messages)
        for (const auto& item : message.content) {
            if (item.kind == text::ContentItem::Kind::Image) place = std::min(place + 1, shown.size());
            if (item.kind != text::ContentItem::Kind::Video || video == videos.size()) continue;
            times.push_back(videos[video].times);
            for (const auto& frame : videos[video++].frames)
                shown.insert(shown.begin() + static_cast<std::ptrdiff_t>(place++), {frame, image::PictureUse::Frame});
        }
    return m_parts->encodePrompt(chatTemplate().withFrames(messages, times), shown, {}, options);
}

int64_t Model::promptLength(const std::vector<text::Message>& messages, const std::vector<image::Size>& pictures,
                            const std::vector<VideoShape>& videos) const {
    const auto encoded = encodePrompt(messages, pictures, videos);
    auto length = static_cast<int64_t>(encoded.ids.size());
    if (!chatTemplate().placeholder()) return length;
    for (const auto& picture : placed(pictures)) length += m_parts->visualTokens(picture, encodeOptions()) - 1;
    for (const auto& video : videos) length += m_parts->visualTokens(video, encodeOptions()) - 1;
    return length;
}

image::ProcessedPicture Model::preprocess(const PictureHandle& picture) const {
    return m_parts->process(picture);
}

image::ProcessedPicture Model::preprocess(const PictureHandle& picture, const models::EncodeOptions& options,
                                          image::PictureUse use) const {
    return m_parts->process(picture, m_parts->processing(options, use));
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
    if (summary.matchesTexts)
        throw Error("a SigLIP has no language model that reads pictures", summary.folder, "Compare pictures with words instead.");
    const bool florence = loaded.florence2() != nullptr;
    throw Error(florence ? "a Florence-2 has no language model that reads pictures"
                         : "is a language model without a vision tower",
                summary.folder, florence ? "Use its tasks instead." : "Ask it without pictures.");
}

const models::Florence2& Model::Parts::florence2() {
    if (const auto* model = loaded.florence2()) return *model;
    if (!summary.runsTasks)
        throw Error("has no Florence-2 decoder and cannot run its tasks", summary.folder, "Load a Florence-2 checkpoint.");
    if (!towerTasks) towerTasks = models::Florence2::inside(florenceVl("run tasks of"), folder, weights);
    return *towerTasks;
}

models::PictureTensors Model::Parts::picturesForTasks(const PictureHandle& picture) {
    if (loaded.florence2()) return tensors(process(picture));
    if (!towerTasksProcessor) towerTasksProcessor = loadTowerProcessor(folder);
    return tensors(towerTasksProcessor->process(*picture.picture(), processing(encoding, image::PictureUse::Alone)));
}

const models::FlorenceVl& Model::Parts::florenceVl(const std::string& purpose) const {
    if (const auto* model = dynamic_cast<const models::FlorenceVl*>(loaded.visionLanguage())) return *model;
    throw Error("has no depth-breadth fusion to " + purpose, summary.folder, "Load a Florence-VL.");
}

const language::Decoder& Model::Parts::decoder() const {
    if (const auto* decoder = loaded.decoder()) return *decoder;
    if (summary.matchesTexts) throw Error("a SigLIP answers nothing", summary.folder, "Compare pictures with words instead.");
    throw Error("a Florence-2 answers task prompts, not conversations", summary.folder, "Use its tasks instead.");
}

const text::Tokenizer& Model::Parts::tower() const {
    if (loaded.florence2() && tokenizer) return *tokenizer;
    if (!towerTokenizer) {
        if (!hasTowerTokenizer())
            throw Error("the vision tower's tokenizer is missing", (folder.path() / "vision_tower").string(),
                        "Put tokenizer.json of the Florence-2 that the tower was made from there to use prompts of your own.");
        text::LoadOptions loading;
        loading.florenceTokens = true;
        towerTokenizer = text::loadTokenizer(folder.path() / "vision_tower", loading);
    }
    return *towerTokenizer;
}

bool Model::Parts::hasTowerTokenizer() const {
    return folder.has("vision_tower/tokenizer.json") || folder.has("vision_tower/vocab.json");
}

nn::Pass Model::Parts::pass(const Control& control, const std::string& task) const {
    nn::Pass result{control.stop, nullptr, {}};
    if (control.progress) result.progress = [&control, task](double share) { control.report(task, share); };
    return result;
}

image::ProcessOptions Model::Parts::processing(const models::EncodeOptions& encodeOptions, image::PictureUse use) const {
    image::ProcessOptions result;
    if (options.pillow13Order) result.order = image::PassOrder::Pillow13;
    result.use = use;
    result.tiles = encodeOptions.tiles;
    result.white = encodeOptions.white;
    return result;
}

image::ProcessedPicture Model::Parts::process(const PictureHandle& picture,
                                              const image::ProcessOptions& processing) const {
    if (!processor)
        throw Error("is a language model without a vision tower", summary.folder, "Ask it without pictures.");
    return processor->process(*picture.picture(), processing);
}

image::ProcessedPicture Model::Parts::process(const PictureHandle& picture) const {
    return process(picture, processing(encoding, image::PictureUse::Alone));
}

models::PictureLayout Model::Parts::layout(image::Size picture, const image::ProcessOptions& processing) const {
    const auto cut = processor ? processor->layout(picture, processing) : image::ViewLayout{};
    return {cut.views, cut.tileRows, cut.tileColumns, picture.height, picture.width,
            processing.use == image::PictureUse::Frame};
}

models::PictureTensors Model::Parts::tensors(const image::ProcessedPicture& processed, image::PictureUse use) const {
    const at::Tensor pixels =
        at::from_blob(const_cast<float*>(processed.pixels.data()),
                      {processed.views, 3, processed.size.height, processed.size.width}, c10::kFloat)
            .clone();
    return {pixels,
            {processed.views, processed.tileRows, processed.tileColumns, processed.original.height,
             processed.original.width, use == image::PictureUse::Frame}};
}

std::shared_ptr<const VisualState> Model::Parts::encode(const PictureHandle& picture,
                                                        const models::EncodeOptions& encodeOptions,
                                                        const nn::Pass& pass, AnswerStatistics& statistics,
                                                        image::PictureUse use) {
    const auto processing = this->processing(encodeOptions, use);
    const auto effective = processor ? processor->effective(processing) : processing;
    const std::string key = picture.hash() + '|' + keyOf(encodeOptions) + '|' + keyOf(effective);
    if (auto known = visuals.find(key)) {
        ++statistics.reusedPictures;
        return known;
    }
    Stopwatch watch;
    const auto input = tensors(process(picture, processing), use);
    statistics.pictureSeconds += watch.seconds() + picture.decodeSeconds();
    watch = {};
    at::Tensor rows;
    std::optional<fusion::FeatureBlocks> blocks;
    if (const auto* pair = loaded.siglip()) {
        const at::Tensor patches = pair->encode(input.pixels, pass);
        rows = at::cat({pair->pooled(patches), pair->patchMeanings(patches)[0]});
    } else if (const auto* florence = dynamic_cast<const models::FlorenceVl*>(&visionLanguage())) {
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

}  // namespace fusionscope::engine
