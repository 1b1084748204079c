#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include "core/files/error.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

constexpr tmsize_t largestAllocation = tmsize_t{1} << 30;

/// The bytes as the file that libtiff reads, and the first thing it complained about.
struct TiffSource {
    std::span<const std::byte> bytes;
    std::size_t position = 0;
    std::string problem;
};

TiffSource& of(thandle_t handle) {
    return *static_cast<TiffSource*>(handle);
}

tmsize_t readBytes(thandle_t handle, void* out, tmsize_t count) {
    TiffSource& source = of(handle);
    const std::size_t left = source.bytes.size() - std::min(source.position, source.bytes.size());
    const std::size_t taken = std::min(left, static_cast<std::size_t>(std::max<tmsize_t>(count, 0)));
    std::memcpy(out, source.bytes.data() + (source.bytes.size() - left), taken);
    source.position += taken;
    return static_cast<tmsize_t>(taken);
}

toff_t seek(thandle_t handle, toff_t offset, int from) {
    TiffSource& source = of(handle);
    const std::size_t base = from == SEEK_CUR ? source.position : from == SEEK_END ? source.bytes.size() : 0;
    source.position = base + static_cast<std::size_t>(offset);
    return source.position;
}

int map(thandle_t handle, void** base, toff_t* size) {
    *base = const_cast<std::byte*>(of(handle).bytes.data());  // opened for reading only
    *size = of(handle).bytes.size();
    return 1;
}

[[gnu::format(printf, 4, 0)]] int noteError(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    char text[160];
    std::vsnprintf(text, sizeof text, format, arguments);
    auto* source = static_cast<TiffSource*>(user);
    if (source->problem.empty()) source->problem = text;
    return 1;
}

int ignoreWarning(TIFF*, void*, const char*, const char*, va_list) {
    return 1;
}

using TiffReader = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

TiffReader open(TiffSource& source) {
    const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                   &TIFFOpenOptionsFree);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), largestAllocation);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), &noteError, &source);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), &ignoreWarning, nullptr);
    return {TIFFClientOpenExt(
                "picture", "r", &source, &readBytes, [](thandle_t, void*, tmsize_t) { return tmsize_t{0}; }, &seek,
                [](thandle_t) { return 0; }, [](thandle_t handle) { return toff_t{of(handle).bytes.size()}; }, &map,
                [](thandle_t, void*, toff_t) {}, options.get()),
            &TIFFClose};
}

/// How the samples of a row become RGB and alpha.
struct Layout {
    std::uint16_t bits = 1, samples = 1, photometric = PHOTOMETRIC_MINISBLACK;
    bool alpha = false, premultiplied = false;
    std::vector<std::array<std::uint8_t, 3>> palette;

    int colours() const { return photometric == PHOTOMETRIC_RGB ? 3 : photometric == PHOTOMETRIC_SEPARATED ? 4 : 1; }
    const char* name() const {
        switch (photometric) {
            case PHOTOMETRIC_RGB:
                return alpha ? "RGB + alpha" : "RGB";
            case PHOTOMETRIC_SEPARATED:
                return "CMYK";
            case PHOTOMETRIC_PALETTE:
                return "palette";
            default:
                return alpha ? "gray + alpha" : "gray";
        }
    }
};

template <class T>
T field(TIFF* tiff, std::uint32_t tag, T fallback) {
    T value = fallback;
    return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : fallback;
}

/// False when the samples are stored in a way that only libtiff's own conversion to RGBA knows.
bool readLayout(const codecs::Input& input, TIFF* tiff, Layout& layout) {
    layout.bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
    layout.samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) != 1)
        input.refuse("this TIFF does not say what its numbers mean (PhotometricInterpretation is missing)");
    const auto kind = field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
    if (kind != SAMPLEFORMAT_UINT && kind != SAMPLEFORMAT_VOID)
        throw Error("this TIFF holds signed, floating-point or complex samples, which are no colours", input.where,
                    "Convert it to 8 or 16 bits a channel first.");
    if (layout.photometric == PHOTOMETRIC_YCBCR &&
        field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE) == COMPRESSION_JPEG) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        layout.photometric = PHOTOMETRIC_RGB;
    }

    std::uint16_t extras = 0;
    const std::uint16_t* kinds = nullptr;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extras, &kinds);
    layout.premultiplied = extras > 0 && kinds[0] == EXTRASAMPLE_ASSOCALPHA;
    layout.alpha = layout.premultiplied || (extras > 0 && kinds[0] == EXTRASAMPLE_UNASSALPHA);

    if (layout.photometric == PHOTOMETRIC_PALETTE && layout.bits <= 8) {
        std::uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
        if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue) != 1)
            input.refuse("this TIFF has numbers of colours but no palette");
        for (int i = 0; i < 1 << layout.bits; ++i)
            layout.palette.push_back({static_cast<std::uint8_t>(red[i] >> 8), static_cast<std::uint8_t>(green[i] >> 8),
                                      static_cast<std::uint8_t>(blue[i] >> 8)});
        layout.alpha = false;
    }
    const bool known = layout.photometric == PHOTOMETRIC_MINISBLACK || layout.photometric == PHOTOMETRIC_MINISWHITE ||
                       layout.photometric == PHOTOMETRIC_RGB || layout.photometric == PHOTOMETRIC_SEPARATED ||
                       !layout.palette.empty();
    const bool depthKnown = layout.bits == 8 || layout.bits == 16 ||
                            (layout.samples == 1 && (layout.bits == 1 || layout.bits == 2 || layout.bits == 4));
    const bool together = layout.samples == 1 ||
                          field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_CONTIG;
    return known && depthKnown && together && layout.samples >= layout.colours() + (layout.alpha ? 1 : 0);
}

/// `count` pixels of one row as stored → RGB, and alpha where there is one.
void convertRow(const Layout& layout, const std::uint8_t* stored, int count, std::uint8_t* rgb, std::uint8_t* alpha) {
    const bool wide = layout.bits == 16;
    const auto sample = [&](std::size_t index) -> std::uint32_t {
        if (wide) {
            std::uint16_t value;
            std::memcpy(&value, stored + 2 * index, 2);
            return value;
        }
        if (layout.bits == 8) return stored[index];
        const std::size_t bit = index * layout.bits;
        return static_cast<std::uint32_t>(stored[bit / 8] >> (8 - layout.bits - bit % 8)) & ((1U << layout.bits) - 1);
    };
    const auto byte = [&](std::size_t index) {  // 16-bit colours lose their low byte
        return static_cast<std::uint8_t>(wide ? sample(index) >> 8 : sample(index));
    };
    const std::uint32_t most = (1U << std::min<int>(layout.bits, 8)) - 1;
    for (int x = 0; x < count; ++x, rgb += 3) {
        const std::size_t first = static_cast<std::size_t>(x) * layout.samples;
        if (layout.photometric == PHOTOMETRIC_SEPARATED) {
            const std::uint8_t cmyk[] = {byte(first), byte(first + 1), byte(first + 2), byte(first + 3)};
            codecs::cmykToRgb(cmyk, 1, rgb);
        } else if (layout.photometric == PHOTOMETRIC_RGB) {
            for (std::size_t channel = 0; channel < 3; ++channel) rgb[channel] = byte(first + channel);
        } else if (!layout.palette.empty()) {
            std::copy_n(layout.palette[sample(first)].data(), 3, rgb);
        } else {
            // 16-bit gray counts as a number and is clipped; with alpha beside it, it is a colour.
            std::uint32_t gray =
                wide ? (layout.alpha ? byte(first) : std::min(sample(first), 255U)) : sample(first) * 255 / most;
            if (layout.photometric == PHOTOMETRIC_MINISWHITE) gray = 255 - gray;
            std::fill_n(rgb, 3, static_cast<std::uint8_t>(gray));
        }
        if (alpha == nullptr) continue;
        alpha[x] = byte(first + static_cast<std::size_t>(layout.colours()));
        if (layout.premultiplied && alpha[x] != 0 && alpha[x] != 255)
            for (int channel = 0; channel < 3; ++channel)
                rgb[channel] = static_cast<std::uint8_t>(std::min(255, 255 * rgb[channel] / alpha[x]));
    }
}

struct Work {
    const codecs::Input& input;
    TIFF* tiff;
    TiffSource& source;
    codecs::PictureWriter& out;

    [[noreturn]] void refuse() const {
        input.refuse(concat("this TIFF is damaged or cut short (",
                            source.problem.empty() ? "its data end too early" : source.problem, ")"));
    }
    std::uint8_t* alphaAt(int x, int y) const { return out.hasAlpha() ? out.alphaRow(y) + x : nullptr; }
};

void readStrips(const Work& work, const Layout& layout) {
    const tmsize_t rowBytes = TIFFScanlineSize(work.tiff);
    const auto needed = (static_cast<std::int64_t>(work.out.width()) * layout.samples * layout.bits + 7) / 8;
    if (rowBytes < needed) work.refuse();
    std::vector<std::uint8_t> row(static_cast<std::size_t>(rowBytes));
    for (int y = 0; y < work.out.height(); ++y) {
        if (TIFFReadScanline(work.tiff, row.data(), static_cast<std::uint32_t>(y), 0) != 1) work.refuse();
        work.out.appendBlank(1);
        convertRow(layout, row.data(), work.out.width(), work.out.rgbRow(y), work.alphaAt(0, y));
    }
}

void readTiles(const Work& work, const Layout& layout) {
    const auto tileSide = [&](std::uint32_t tag) {
        return static_cast<int>(std::min(field<std::uint32_t>(work.tiff, tag, 0), 1U << 24));
    };
    const int tileWidth = tileSide(TIFFTAG_TILEWIDTH), tileHeight = tileSide(TIFFTAG_TILELENGTH);
    const tmsize_t tileBytes = TIFFTileSize(work.tiff), rowBytes = TIFFTileRowSize(work.tiff);
    const auto needed = (static_cast<std::int64_t>(tileWidth) * layout.samples * layout.bits + 7) / 8;
    if (tileWidth < 1 || tileHeight < 1 || rowBytes < needed || tileBytes / tileHeight < rowBytes) work.refuse();
    codecs::checkUnpackedSize(work.input, static_cast<std::uint64_t>(tileBytes), 32768);
    std::vector<std::uint8_t> tile(static_cast<std::size_t>(tileBytes));
    for (int top = 0; top < work.out.height(); top += tileHeight) {
        const int rows = std::min(tileHeight, work.out.height() - top);
        work.out.appendBlank(rows);
        for (int left = 0; left < work.out.width(); left += tileWidth) {
            const int columns = std::min(tileWidth, work.out.width() - left);
            if (TIFFReadTile(work.tiff, tile.data(), static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(top),
                             0, 0) < 0)
                work.refuse();
            for (int y = 0; y < rows; ++y)
                convertRow(layout, tile.data() + y * rowBytes, columns,
                           work.out.rgbRow(top + y) + std::ptrdiff_t{left} * 3, work.alphaAt(left, top + y));
        }
    }
}

/// Everything else (planes apart, YCbCr without JPEG, Lab) through libtiff's own conversion.
void readConverted(const Work& work) {
    char reason[1024] = "";
    if (TIFFRGBAImageOK(work.tiff, reason) != 1)
        throw Error(concat("this kind of TIFF cannot be read (", reason, ")"), work.input.where,
                    "Save it as plain 8-bit RGB, or as PNG.");
    const auto width = static_cast<std::size_t>(work.out.width());
    const auto height = static_cast<std::size_t>(work.out.height());
    TIFFSetField(work.tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);  // rows as stored: they are turned later
    codecs::checkUnpackedSize(work.input, width * height * 4, 32768);
    std::vector<std::uint32_t> pixels(width * height);
    if (TIFFReadRGBAImageOriented(work.tiff, static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height),
                                  pixels.data(), ORIENTATION_TOPLEFT, 1) != 1)
        work.refuse();
    std::vector<std::uint8_t> row(4 * width);
    for (std::size_t y = 0; y < height; ++y) {
        for (std::size_t x = 0; x < width; ++x) {
            const std::uint32_t pixel = pixels[y * width + x];
            const std::uint32_t channels[] = {TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel), TIFFGetA(pixel)};
            for (std::size_t channel = 0; channel < 4; ++channel)
                row[4 * x + channel] = static_cast<std::uint8_t>(channels[channel]);
        }
        work.out.appendRgba(row.data());
    }
}

}  // namespace

Picture codecs::tiff(const Input& input) {
    TiffSource source{input.bytes, 0, {}};
    const TiffReader reader = open(source);
    TIFF* tiff = reader.get();
    if (!tiff) input.refuse(concat("this TIFF is damaged or cut short (", source.problem, ")"));

    Layout layout;
    const bool known = readLayout(input, tiff, layout);
    PictureWriter out(input, Format::Tiff, field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0),
                      field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0), layout.alpha);
    PictureSource& description = out.picture().source;
    description.colours = layout.name();
    description.bitsPerSample = layout.bits;
    description.animated = TIFFLastDirectory(tiff) == 0;
    const auto orientation = field<std::uint16_t>(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    const Work work{input, tiff, source, out};
    if (!known)
        readConverted(work);
    else if (TIFFIsTiled(tiff) != 0)
        readTiles(work, layout);
    else
        readStrips(work, layout);
    if (orientation >= 1 && orientation <= 8) description.orientation = orientation;
    return out.finish();
}

}  // namespace fusionscope::image
