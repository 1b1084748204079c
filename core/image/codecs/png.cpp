#include <png.h>

#include <algorithm>
#include <cstring>

#include "core/files/error.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

/// libpng's reader with its own notion of failing: it jumps back to the last attempt().
struct PngReader {
    std::span<const std::byte> unread;
    char problem[128] = "";
    png_structp png = nullptr;
    png_infop info = nullptr;

    explicit PngReader(const codecs::Input& input) : unread(input.bytes) {
        png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &PngReader::fail, &PngReader::ignoreWarning);
        if (png) info = png_create_info_struct(png);
        if (!png || !info) input.refuse("there is no memory to decode it");
        png_set_read_fn(png, this, &PngReader::read);
        const auto side = static_cast<png_uint_32>(input.limits.side);
        png_set_user_limits(png, side, side);
        png_set_chunk_malloc_max(png, png_alloc_size_t{16} << 20);
        png_set_chunk_cache_max(png, 128);
    }
    ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;

    /// Runs calls into libpng; false when one failed. The step must not own anything: it is left by a jump.
    template <class Step>
    [[gnu::noinline]] bool attempt(const Step& step) {
        if (setjmp(png_jmpbuf(png))) return false;
        step();
        return true;
    }

    static void fail(png_structp png, png_const_charp text) {
        auto* self = static_cast<PngReader*>(png_get_error_ptr(png));
        std::strncpy(self->problem, text, sizeof self->problem - 1);
        png_longjmp(png, 1);
    }
    static void ignoreWarning(png_structp, png_const_charp) {}
    static void read(png_structp png, png_bytep out, size_t count) {
        auto* self = static_cast<PngReader*>(png_get_io_ptr(png));
        if (count > self->unread.size()) png_error(png, "the file ends too early");
        std::memcpy(out, self->unread.data(), count);
        self->unread = self->unread.subspan(count);
    }
};

const char* colourName(int type, bool transparent) {
    switch (type) {
        case PNG_COLOR_TYPE_GRAY:
            return transparent ? "gray with a transparent level" : "gray";
        case PNG_COLOR_TYPE_GRAY_ALPHA:
            return "gray + alpha";
        case PNG_COLOR_TYPE_PALETTE:
            return transparent ? "palette + alpha" : "palette";
        case PNG_COLOR_TYPE_RGB:
            return transparent ? "RGB with a transparent colour" : "RGB";
        default:
            return "RGB + alpha";
    }
}

/// Whether an animation control chunk stands before the pixels (APNG; its default picture is what is decoded).
bool isAnimated(const codecs::Input& input) {
    const std::string_view file = input.text();
    const std::size_t pixels = file.find("IDAT");
    return file.substr(0, pixels).find("acTL") != std::string_view::npos;
}

}  // namespace

Picture codecs::png(const Input& input) {
    PngReader reader(input);
    png_structp png = reader.png;
    const auto require = [&](bool done) {
        if (!done) input.refuse(concat("this PNG is damaged or cut short (", reader.problem, ")"));
    };

    require(reader.attempt([&] { png_read_info(png, reader.info); }));
    const int colour = png_get_color_type(png, reader.info), depth = png_get_bit_depth(png, reader.info);
    const bool transparent = png_get_valid(png, reader.info, PNG_INFO_tRNS) != 0;
    // Pillow keeps 16-bit gray as numbers and clips them; 16-bit colour loses its low bytes.
    const bool gray16 = colour == PNG_COLOR_TYPE_GRAY && depth == 16;
    const bool alpha = !gray16 && (transparent || (colour & PNG_COLOR_MASK_ALPHA) != 0);
    PictureWriter out(input, Format::Png, png_get_image_width(png, reader.info), png_get_image_height(png, reader.info),
                      alpha);

    require(reader.attempt([&] {
        if (!gray16) {
            png_set_strip_16(png);
            png_set_expand(png);
            png_set_gray_to_rgb(png);
        }
        png_set_interlace_handling(png);
        png_read_update_info(png, reader.info);
    }));
    const std::size_t rowBytes = png_get_rowbytes(png, reader.info);
    const auto append = [&](const std::uint8_t* row) {
        if (!gray16) return alpha ? out.appendRgba(row) : out.appendRgb(row);
        std::vector<std::uint8_t> clipped(static_cast<std::size_t>(out.width()));
        for (std::size_t x = 0; x < clipped.size(); ++x) clipped[x] = row[2 * x] != 0 ? 255 : row[2 * x + 1];
        out.appendGray(clipped.data());
    };
    std::vector<std::uint8_t> buffer(rowBytes);
    if (png_get_interlace_type(png, reader.info) == PNG_INTERLACE_NONE) {
        for (int y = 0; y < out.height(); ++y) {
            require(reader.attempt([&] { png_read_row(png, buffer.data(), nullptr); }));
            append(buffer.data());
        }
    } else {
        const auto height = static_cast<std::size_t>(out.height());
        checkUnpackedSize(input, rowBytes * height, 8 * 1032);  // deflate's best ratio, at one bit a sample
        buffer.resize(rowBytes * height);
        std::vector<png_bytep> rows(height);
        for (std::size_t y = 0; y < height; ++y) rows[y] = buffer.data() + y * rowBytes;
        require(reader.attempt([&] { png_read_image(png, rows.data()); }));
        for (png_bytep row : rows) append(row);
    }

    // What follows the pixels may hold the orientation; when it is damaged the picture is still whole.
    reader.attempt([&] { png_read_end(png, reader.info); });
    png_bytep exif = nullptr;
    png_uint_32 exifBytes = 0;
    PictureSource& source = out.picture().source;
    if (png_get_eXIf_1(png, reader.info, &exifBytes, &exif) != 0)
        source.orientation = exifOrientation({exif, exifBytes});
    source.colours = colourName(colour, transparent);
    source.bitsPerSample = depth;
    source.animated = isAnimated(input);
    return out.finish();
}

std::vector<std::byte> encodePng(const ImageView& picture) {
    constexpr png_uint_32 formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA, PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.size.width);
    image.height = static_cast<png_uint_32>(picture.size.height);
    image.format = formats[picture.channels - 1];
    png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
    std::vector<std::byte> encoded(bytes);
    const bool written = png_image_write_to_memory(&image, encoded.data(), &bytes, 0, picture.data, 0, nullptr) != 0;
    png_image_free(&image);
    if (!written) throw Error(concat("the picture could not be written as PNG (", image.message, ")"), "PNG");
    encoded.resize(bytes);
    return encoded;
}

}  // namespace fusionscope::image
