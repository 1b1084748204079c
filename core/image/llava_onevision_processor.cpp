#include "core/image/llava_onevision_processor.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/json.h"

namespace fusionscope::image {

namespace {

constexpr const char* native = "llava_onevision";
constexpr std::int64_t publishedSide = 384;

/// A part of a picture that lies at (left, top) of the canvas, on a black tile: [side, side, 3] at `out`.
void cutTile(const ImageView& picture, int left, int top, int tileLeft, int tileTop, int side, std::uint8_t* out) {
    std::fill_n(out, static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3, std::uint8_t{0});
    const int fromX = std::max(tileLeft, left), toX = std::min(tileLeft + side, left + picture.size.width);
    const int fromY = std::max(tileTop, top), toY = std::min(tileTop + side, top + picture.size.height);
    if (fromX >= toX) return;
    for (int y = fromY; y < toY; ++y) {
        const auto* row = picture.row(y - top) + 3 * (fromX - left);
        std::copy_n(row, 3 * (toX - fromX), out + 3 * ((y - tileTop) * side + fromX - tileLeft));
    }
}

/// What SigLIP's own processor does, which the original program uses without a file. @param side 0: the published one
ProcessorConfig siglipConfig(std::int64_t side) {
    if (side == 0) side = publishedSide;
    const nlohmann::json settings = {{"size", side}, {"image_mean", {0.5, 0.5, 0.5}}, {"image_std", {0.5, 0.5, 0.5}}};
    return ProcessorConfig::read(files::Fields(settings, "config.json: image_grid_pinpoints"));
}

}  // namespace

LlavaOnevisionProcessor::LlavaOnevisionProcessor(ProcessorConfig config, tiling::Canvases canvases)
    : m_config(config), m_canvases(std::move(canvases)), m_whole(config), m_padded(config) {}

ViewLayout LlavaOnevisionProcessor::layout(Size picture, const ProcessOptions& options) const {
    if (options.use != PictureUse::Alone || !options.tiles) return {};
    const auto grid = m_canvases.best({picture.width, picture.height});
    return {1 + static_cast<int>(grid.count()), 0, static_cast<int>(grid.rows), static_cast<int>(grid.columns)};
}

ProcessedPicture LlavaOnevisionProcessor::process(const Picture& picture, const ProcessOptions& options) const {
    if (options.white && !picture.alpha.empty()) {
        Picture opaque = picture;
        opaque.rgb = onWhite(picture);
        opaque.alpha.clear();
        return process(opaque, options);
    }
    if (options.use == PictureUse::Frame) return m_whole.process(picture, options);
    const auto views = layout(picture.size, options);
    if (views.views == 1) return m_padded.process(picture, options);
    ProcessedPicture result = m_whole.process(picture, options);
    static_cast<ViewLayout&>(result) = views;
    addTiles(result, picture.view(), options.order);
    return result;
}

void LlavaOnevisionProcessor::addTiles(ProcessedPicture& result, const ImageView& picture, PassOrder order) const {
    const auto canvas = m_canvases.extent({result.tileRows, result.tileColumns});
    const auto fitted = tiling::fitted({picture.size.width, picture.size.height}, canvas);
    const Size size{static_cast<int>(fitted.width), static_cast<int>(fitted.height)};
    const int left = static_cast<int>(canvas.width - fitted.width) / 2;
    const int top = static_cast<int>(canvas.height - fitted.height) / 2;
    const auto resized = resample(picture, size, m_config.filter, order);
    const ImageView shown{resized.data(), size, 3};

    const std::size_t viewBytes = result.seen.size();
    result.seen.resize(viewBytes * static_cast<std::size_t>(result.views));
    result.pixels.resize(result.seen.size());
    const double scaleX = double(picture.size.width) / size.width, scaleY = double(picture.size.height) / size.height;
    const int side = m_config.size.width;
    for (int view = 1; view < result.views; ++view) {
        const int tileLeft = (view - 1) % result.tileColumns * side, tileTop = (view - 1) / result.tileColumns * side;
        const std::size_t begin = viewBytes * static_cast<std::size_t>(view);
        cutTile(shown, left, top, tileLeft, tileTop, side, result.seen.data() + begin);
        m_config.scaling.apply(result.seenView(view), result.pixels.data() + begin);
        result.transforms.push_back({picture.size, m_config.size, scaleX, scaleY, (tileLeft - left) * scaleX,
                                     (tileTop - top) * scaleY});
    }
}

bool isLlavaOnevision(const std::string& modelType) {
    return modelType == native || modelType == "llava" || modelType == "llava_qwen";
}

std::unique_ptr<Processor> makeLlavaOnevisionProcessor(const nlohmann::json& preprocessor, const nlohmann::json& model,
                                                       const std::string& where) {
    const files::Fields modelFields(model, "config.json");
    const bool original = modelFields.textOr("model_type", native) != native;
    if (!original && preprocessor.is_null())
        throw Error("preprocessor_config.json is missing", where, "Copy it from where the model comes from.");
    const auto config = preprocessor.is_null() ? siglipConfig(tiling::Canvases::smallestSide(modelFields))
                                               : ProcessorConfig::read(files::Fields(preprocessor, where));
    // The original names the canvases where the model's other numbers are.
    const files::Fields fields = original ? modelFields : files::Fields(preprocessor, where);
    if (config.size.width != config.size.height)
        fields.refuse("size", concat("is ", config.size.width, " x ", config.size.height, ", tiles are square"));
    auto canvases = tiling::Canvases::read(fields, config.size.width,
                                           original ? tiling::PairOrder::WidthFirst : tiling::PairOrder::HeightFirst);
    return std::make_unique<LlavaOnevisionProcessor>(config, std::move(canvases));
}

}  // namespace fusionscope::image
