#include "core/image/idefics3_processor.h"

#include <algorithm>
#include <cmath>

#include "core/files/error.h"
#include "core/files/json.h"

namespace fusionscope::image {

namespace {

constexpr int leastSide = 16, mostSide = 4096;
// What a conversation can hold at all is far less; more is a broken file.
constexpr int mostTiles = 1024;

int edgeIn(const files::Fields& fields, const char* key) {
    return static_cast<int>(fields.object(key).integer("longest_edge", {leastSide, mostSide}));
}

int wholeTiles(int side, int tile) { return std::max(1, (side + tile - 1) / tile) * tile; }

}  // namespace

Idefics3ProcessorConfig Idefics3ProcessorConfig::read(const files::Fields& preprocessor) {
    Idefics3ProcessorConfig config;
    config.longestEdge = edgeIn(preprocessor, "size");
    if (preprocessor.has("max_image_size")) config.tile = edgeIn(preprocessor, "max_image_size");
    config.frameEdge = config.tile;
    if (const auto sampling = preprocessor.objectIf("video_sampling"); sampling && sampling->has("video_size"))
        config.frameEdge = edgeIn(*sampling, "video_size");
    config.filter = static_cast<Filter>(preprocessor.integerOr("resample", static_cast<int>(Filter::Lanczos), {0, 5}));
    config.splits = preprocessor.flagOr("do_image_splitting", true);
    config.scaling = PixelScaling::read(preprocessor);
    if (!preprocessor.flagOr("do_resize", true))
        preprocessor.refuse("do_resize", "is false, but this family's tower takes one size only");
    const int side = wholeTiles(config.longestEdge, config.tile) / config.tile;
    if (config.splits && side * side > mostTiles)
        preprocessor.refuse("max_image_size", concat("makes up to ", side * side, " tiles of a picture, at most ",
                                                     mostTiles, " are possible"));
    return config;
}

// Double precision and the order of operations are the reference's: they decide about single pixels.
Size Idefics3Processor::scaled(Size picture, int longestEdge) const {
    const double aspect = static_cast<double>(picture.width) / picture.height;
    Size size{longestEdge, longestEdge};
    if (picture.width >= picture.height) {
        size.height = static_cast<int>(size.width / aspect);
        size.height += size.height % 2;
    } else {
        size.width = static_cast<int>(size.height * aspect);
        size.width += size.width % 2;
    }
    return {std::max(size.width, 1), std::max(size.height, 1)};
}

Size Idefics3Processor::stretched(Size scaled) const {
    const double aspect = static_cast<double>(scaled.width) / scaled.height;
    if (scaled.width >= scaled.height) {
        const int width = wholeTiles(scaled.width, m_config.tile);
        return {width, wholeTiles(static_cast<int>(width / aspect), m_config.tile)};
    }
    const int height = wholeTiles(scaled.height, m_config.tile);
    return {wholeTiles(static_cast<int>(height * aspect), m_config.tile), height};
}

ViewLayout Idefics3Processor::layout(Size picture, const ProcessOptions& options) const {
    if (!m_config.splits || !options.tiles || options.use == PictureUse::Frame) return {};
    const Size whole = stretched(scaled(picture, m_config.longestEdge));
    if (whole == viewSize()) return {};
    const int rows = whole.height / m_config.tile, columns = whole.width / m_config.tile;
    return {rows * columns + 1, rows * columns, rows, columns};
}

ProcessOptions Idefics3Processor::effective(const ProcessOptions& options) const {
    ProcessOptions result = options;
    if (options.use == PictureUse::OneOfSeveral) result.use = PictureUse::Alone;
    if (options.use == PictureUse::Frame) result.tiles = true;
    return result;
}

ProcessedPicture Idefics3Processor::process(const Picture& picture, const ProcessOptions& options) const {
    ProcessedPicture result;
    static_cast<ViewLayout&>(result) = layout(picture.size, options);
    result.size = viewSize();
    result.original = picture.size;

    const bool frame = options.use == PictureUse::Frame;
    // The reference resizes frames by another library, which has no Lanczos and takes the next best.
    const Filter filter = frame && m_config.filter == Filter::Lanczos ? Filter::Bicubic : m_config.filter;
    const auto resized = [&](const std::vector<std::uint8_t>& rgb, Size from, Size to) {
        return resample({rgb.data(), from, 3}, to, filter, options.order);
    };
    const Size first = scaled(picture.size, frame ? m_config.frameEdge : m_config.longestEdge);
    auto pixels = resized(options.white ? onWhite(picture) : picture.rgb, picture.size, first);
    Size size = first;
    if (result.tileRows > 0) {
        size = {result.tileColumns * m_config.tile, result.tileRows * m_config.tile};
        pixels = resized(pixels, first, size);
    }

    const double scaleX = static_cast<double>(picture.size.width) / size.width;
    const double scaleY = static_cast<double>(picture.size.height) / size.height;
    for (int tile = 0; tile < result.tileRows * result.tileColumns; ++tile) {
        const int left = tile % result.tileColumns * m_config.tile, top = tile / result.tileColumns * m_config.tile;
        const auto cut = crop({pixels.data(), size, 3}, left, top, viewSize());
        result.seen.insert(result.seen.end(), cut.begin(), cut.end());
        result.transforms.push_back({picture.size, viewSize(), scaleX, scaleY, left * scaleX, top * scaleY});
    }
    const auto whole = resized(pixels, size, viewSize());
    result.seen.insert(result.seen.end(), whole.begin(), whole.end());
    result.transforms.push_back(PictureTransform::showing(
        {0, 0, static_cast<double>(picture.size.width), static_cast<double>(picture.size.height)}, picture.size,
        viewSize()));

    result.pixels.resize(result.seen.size());
    float* planes = result.pixels.data();
    for (int view = 0; view < result.views; ++view, planes += result.seen.size() / static_cast<std::size_t>(result.views))
        m_config.scaling.apply(result.seenView(view), planes);
    return result;
}

}  // namespace fusionscope::image
