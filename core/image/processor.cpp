#include "core/image/processor.h"

#include <algorithm>
#include <string_view>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/image/idefics3_processor.h"
#include "core/image/llava_onevision_processor.h"

namespace fusionscope::image {
namespace {

constexpr int leastSide = 16, mostSide = 4096;

Size readSize(const files::Fields& fields, std::string_view key) {
    const nlohmann::json* value = fields.find(key);
    const auto side = [](const files::Fields& from, std::string_view name) {
        return static_cast<int>(from.integer(name, {leastSide, mostSide}));
    };
    if (value == nullptr || !value->is_object()) {
        const int both = side(fields, key);
        return {both, both};
    }
    const files::Fields object = fields.object(key);
    return {side(object, "width"), side(object, "height")};
}

std::array<double, 3> readChannels(const files::Fields& fields, std::string_view key, files::Range<double> range) {
    const std::vector<double> values = fields.numbers(key, range);
    if (values.size() != 3)
        fields.refuse(key, concat("has ", values.size(), " numbers, expected one a colour channel"));
    return {values[0], values[1], values[2]};
}

/// A single view of the whole picture or of the canvas it lies on.
ProcessedPicture processOne(const Picture& picture, const ProcessorConfig& config, PassOrder order,
                            const std::optional<Canvas>& canvas) {
    ProcessedPicture result;
    result.size = config.size;
    result.original = picture.size;
    result.seen = resample(picture.view(), config.size, config.filter, order, canvas);
    result.pixels.resize(result.seen.size());
    config.scaling.apply(result.seenView(0), result.pixels.data());
    const Canvas frame = canvas.value_or(Canvas{picture.size, 0, 0, {}});
    const double left = -frame.left, top = -frame.top;
    result.transforms = {PictureTransform::showing({left, top, left + frame.size.width, top + frame.size.height},
                                                   picture.size, config.size)};
    return result;
}

}  // namespace

PixelScaling PixelScaling::read(const files::Fields& preprocessor) {
    PixelScaling scaling;
    scaling.factor = preprocessor.flagOr("do_rescale", true)
                         ? preprocessor.numberOr("rescale_factor", scaling.factor, {1e-9, 1e3})
                         : 1;
    if (preprocessor.flagOr("do_normalize", true)) {
        scaling.mean = readChannels(preprocessor, "image_mean", {-1e3, 1e3});
        scaling.deviation = readChannels(preprocessor, "image_std", {1e-6, 1e6});
    }
    return scaling;
}

void PixelScaling::apply(const ImageView& rgb, float* planes) const {
    const std::size_t pixels = rgb.bytes() / 3;
    for (std::size_t channel = 0; channel < 3; ++channel) {
        std::array<float, 256> values;
        for (std::size_t byte = 0; byte < values.size(); ++byte) {
            const auto scaled = static_cast<float>(static_cast<double>(byte) * factor);
            values[byte] = (scaled - static_cast<float>(mean[channel])) / static_cast<float>(deviation[channel]);
        }
        const std::uint8_t* sample = rgb.data + channel;
        for (std::size_t i = 0; i < pixels; ++i, sample += 3) *planes++ = values[*sample];
    }
}

ProcessorConfig ProcessorConfig::read(const files::Fields& preprocessor) {
    ProcessorConfig config;
    config.size = readSize(preprocessor, "size");
    config.filter = static_cast<Filter>(preprocessor.integerOr("resample", static_cast<int>(Filter::Bicubic), {0, 5}));
    config.scaling = PixelScaling::read(preprocessor);
    if (!preprocessor.flagOr("do_resize", true))
        preprocessor.refuse("do_resize", "is false, but this family's tower takes one size only");
    if (preprocessor.flagOr("do_center_crop", false) && readSize(preprocessor, "crop_size") != config.size)
        preprocessor.refuse("crop_size", "asks for a centre crop to another size than `size`, which is not supported");
    return config;
}

ImageView ProcessedPicture::seenView(int view) const {
    const ImageView first{seen.data(), size, 3};
    return {seen.data() + first.bytes() * static_cast<std::size_t>(view), size, 3};
}

StretchProcessor::StretchProcessor(ProcessorConfig config) : m_config(config) {}

ProcessedPicture StretchProcessor::process(const Picture& picture, const ProcessOptions& options) const {
    return processOne(picture, m_config, options.order, std::nullopt);
}

PadProcessor::PadProcessor(ProcessorConfig config) : m_config(config) {
    for (std::size_t channel = 0; channel < 3; ++channel)
        m_fill[channel] = static_cast<std::uint8_t>(std::clamp(255 * config.scaling.mean[channel], 0.0, 255.0));
}

ProcessedPicture PadProcessor::process(const Picture& picture, const ProcessOptions& options) const {
    return processOne(picture, m_config, options.order, squareAround(picture.size, m_fill));
}

std::unique_ptr<Processor> makeProcessor(const std::string& modelType, const nlohmann::json& preprocessor,
                                         const nlohmann::json& model, const std::string& where) {
    if (isLlavaOnevision(modelType)) return makeLlavaOnevisionProcessor(preprocessor, model, where);
    if (preprocessor.is_null())
        throw Error("preprocessor_config.json is missing", where, "Copy it from the vision tower's folder.");
    const files::Fields settings(preprocessor, where);
    if (modelType == "florence2" || modelType == "siglip") return std::make_unique<StretchProcessor>(ProcessorConfig::read(settings));
    if (modelType == "idefics3" || modelType == "smolvlm")
        return std::make_unique<Idefics3Processor>(Idefics3ProcessorConfig::read(settings));
    if (modelType == "llava_phi" || modelType == "llava_llama") {
        const files::Fields config(model, "config.json");
        const std::string aspect = config.textOr("image_aspect_ratio", "square");
        if (aspect == "pad") return std::make_unique<PadProcessor>(ProcessorConfig::read(settings));
        if (aspect == "square") return std::make_unique<StretchProcessor>(ProcessorConfig::read(settings));
        config.refuse("image_aspect_ratio", "is \"" + aspect + "\", expected \"pad\" or \"square\"");
    }
    throw Error("there is no picture processor for the model type \"" + modelType + "\"", where,
                "Supported are florence2, llava_phi, llava_llama, llava_onevision, llava_qwen, idefics3, smolvlm and siglip.");
}

}  // namespace fusionscope::image
