#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

#include "core/files/error.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

/// A code of twelve bits stands for at most 4096 pixels.
constexpr std::uint64_t bestRatio = 4096 * 8 / 12;

int readBytes(GifFileType* gif, GifByteType* out, int count) {
    auto& unread = *static_cast<std::span<const std::byte>*>(gif->UserData);
    const auto taken = std::min(unread.size(), static_cast<std::size_t>(std::max(count, 0)));
    std::memcpy(out, unread.data(), taken);
    unread = unread.subspan(taken);
    return static_cast<int>(taken);
}

using GifReader = std::unique_ptr<GifFileType, void (*)(GifFileType*)>;

[[noreturn]] void refuse(const codecs::Input& input, int error) {
    const char* reason = GifErrorString(error);
    input.refuse(concat("this GIF is damaged or cut short (", reason ? reason : "the file ends too early", ")"));
}

/// Goes to the next frame; false at the end of the file.
/// @param transparent set to the palette index that is transparent in that frame
bool findFrame(const codecs::Input& input, GifFileType* gif, std::optional<int>& transparent) {
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    while (true) {
        if (DGifGetRecordType(gif, &record) == GIF_ERROR) refuse(input, gif->Error);
        if (record == IMAGE_DESC_RECORD_TYPE) return true;
        if (record == TERMINATE_RECORD_TYPE) return false;
        int code = 0;
        GifByteType* block = nullptr;
        if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) refuse(input, gif->Error);
        GraphicsControlBlock control;
        if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
            DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
            transparent.reset();
            if (control.TransparentColor != NO_TRANSPARENT_COLOR) transparent = control.TransparentColor;
        }
        while (block != nullptr)
            if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) refuse(input, gif->Error);
    }
}

/// Whether another frame follows; what is damaged behind the first frame does not matter.
bool isAnimated(const codecs::Input& input, GifFileType* gif) {
    std::optional<int> unused;
    try {
        return findFrame(input, gif, unused);
    } catch (const Error&) {
        return false;
    }
}

/// RGBA of each palette index; gray where the file has no palette at all, as Pillow takes it.
std::array<std::array<std::uint8_t, 4>, 256> palette(const GifFileType* gif, std::optional<int> transparent) {
    const ColorMapObject* map = gif->Image.ColorMap ? gif->Image.ColorMap : gif->SColorMap;
    std::array<std::array<std::uint8_t, 4>, 256> colours{};
    for (std::size_t i = 0; i < colours.size(); ++i) {
        const auto gray = static_cast<std::uint8_t>(map ? 0 : i);
        colours[i] = {gray, gray, gray, 255};
        if (map && i < static_cast<std::size_t>(map->ColorCount)) {
            const GifColorType& colour = map->Colors[i];
            colours[i] = {colour.Red, colour.Green, colour.Blue, 255};
        }
    }
    if (transparent) colours[static_cast<std::size_t>(*transparent & 255)][3] = 0;
    return colours;
}

/// The rows of an interlaced frame in the order in which they are stored.
std::vector<int> storedOrder(int height, bool interlaced) {
    std::vector<int> order;
    order.reserve(static_cast<std::size_t>(height));
    constexpr int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
    for (int pass = 0; pass < (interlaced ? 4 : 1); ++pass)
        for (int y = interlaced ? starts[pass] : 0; y < height; y += interlaced ? steps[pass] : 1) order.push_back(y);
    return order;
}

}  // namespace

Picture codecs::gif(const Input& input) {
    std::span<const std::byte> unread = input.bytes;
    int error = 0;
    const GifReader reader(DGifOpen(&unread, &readBytes, &error),
                           [](GifFileType* gif) { DGifCloseFile(gif, nullptr); });
    if (!reader) refuse(input, error);
    GifFileType* gif = reader.get();
    std::optional<int> transparent;
    if (!findFrame(input, gif, transparent)) input.refuse("this GIF holds no picture");
    if (DGifGetImageDesc(gif) == GIF_ERROR) refuse(input, gif->Error);
    const GifImageDesc& frame = gif->Image;

    // Pillow enlarges the canvas for a frame that reaches beyond it.
    const std::int64_t width = std::max<std::int64_t>(gif->SWidth, std::int64_t{frame.Left} + frame.Width);
    const std::int64_t height = std::max<std::int64_t>(gif->SHeight, std::int64_t{frame.Top} + frame.Height);
    PictureWriter out(input, Format::Gif, width, height, transparent.has_value());
    if (frame.Width < 1 || frame.Height < 1 || frame.Left < 0 || frame.Top < 0)
        input.refuse("this GIF is damaged: its first frame is empty");
    checkUnpackedSize(input, static_cast<std::uint64_t>(frame.Width) * static_cast<std::uint64_t>(frame.Height),
                      bestRatio);

    const auto colours = palette(gif, transparent);
    const auto put = [&](int x, int y, std::size_t index) {
        std::copy_n(colours[index].data(), 3, out.rgbRow(y) + std::ptrdiff_t{x} * 3);
        if (out.hasAlpha()) out.alphaRow(y)[x] = colours[index][3];
    };
    out.appendBlank(out.height());
    const auto background = static_cast<std::size_t>(transparent.value_or(0));
    if (frame.Width != width || frame.Height != height)
        for (int y = 0; y < out.height(); ++y)
            for (int x = 0; x < out.width(); ++x) put(x, y, background);

    std::vector<GifPixelType> line(static_cast<std::size_t>(frame.Width));
    for (const int y : storedOrder(frame.Height, frame.Interlace)) {
        if (DGifGetLine(gif, line.data(), frame.Width) == GIF_ERROR) refuse(input, gif->Error);
        for (int x = 0; x < frame.Width; ++x) put(frame.Left + x, frame.Top + y, line[static_cast<std::size_t>(x)]);
    }

    PictureSource& source = out.picture().source;
    source.colours = transparent ? "palette with a transparent colour" : "palette";
    source.animated = isAnimated(input, gif);
    return out.finish();
}

}  // namespace fusionscope::image
