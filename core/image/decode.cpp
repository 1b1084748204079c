#include "core/image/decode.h"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string_view>

#include "core/files/error.h"
#include "core/files/mapped_file.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

using namespace std::string_view_literals;

std::string_view beginning(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 1024)};
}

/// The text at a place, or less where the file ends before.
std::string_view part(std::string_view text, std::size_t at, std::size_t length) {
    return text.substr(std::min(at, text.size()), length);
}

/// What a file of another kind is, with what to do about it.
struct Stranger {
    const char* what;
    const char* hint;
};

Stranger identifyStranger(std::string_view start) {
    constexpr auto exportIt = "Export it as PNG or JPEG first.";
    if (part(start, 4, 4) == "ftyp") {
        const std::string_view brand = part(start, 8, 4);
        if (brand == "avif" || brand == "avis") return {"an AVIF picture, which is not supported", exportIt};
        if (brand.starts_with("he") || brand.starts_with("mif") || brand.starts_with("msf"))
            return {"a HEIC picture, which is not supported", exportIt};
        return {"a video, not a picture", "Open it as a video, or take a frame of it."};
    }
    constexpr std::pair<std::string_view, Stranger> signatures[] = {
        {"%PDF"sv, {"a PDF document, not a picture", "Export the page as PNG first."}},
        {"8BPS"sv, {"a Photoshop document, which is not supported", exportIt}},
        {"\0\0\0\x0CjP  "sv, {"a JPEG 2000 picture, which is not supported", exportIt}},
        {"\0\0\0\x0CJXL "sv, {"a JPEG XL picture, which is not supported", exportIt}},
        {"\xFF\x0A"sv, {"a JPEG XL picture, which is not supported", exportIt}},
        {"\0\0\1\0"sv, {"a Windows icon, which is not supported", exportIt}},
        {"v/1\1"sv, {"an OpenEXR picture, which is not supported", "Convert it to 8 bits a channel first."}},
        {"\x1F\x8B"sv, {"a gzip archive (perhaps a packed SVG drawing), not a picture", exportIt}},
        {"PK\3\4"sv, {"a zip archive, not a picture", "Unpack it first."}},
    };
    for (const auto& [signature, stranger] : signatures)
        if (start.starts_with(signature)) return stranger;
    if (start.find("<svg") != start.npos || start.find("<!DOCTYPE svg") != start.npos)
        return {"an SVG drawing, which has no pixels", "Export it as PNG first."};
    const bool binary = std::any_of(start.begin(), start.end(), [](char c) {
        return static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\r' && c != '\t' && c != '\f';
    });
    constexpr auto openOther = "Open a PNG, JPEG, WebP, GIF, BMP, TIFF, PNM or TGA picture.";
    if (binary) return {"not a picture of a kind that can be read", openOther};
    if (start.find("<?xml") != start.npos) return {"an XML document (perhaps a drawing), not a picture", openOther};
    return {"text, not a picture", openOther};
}

Picture decodeAs(Format format, const codecs::Input& input) {
    switch (format) {
        case Format::Png:
            return codecs::png(input);
        case Format::Jpeg:
            return codecs::jpeg(input);
        case Format::WebP:
            return codecs::webp(input);
        case Format::Gif:
            return codecs::gif(input);
        case Format::Bmp:
            return codecs::bmp(input);
        case Format::Tiff:
            return codecs::tiff(input);
        case Format::Pnm:
            return codecs::pnm(input);
        case Format::Tga:
            return codecs::tga(input);
        case Format::Unknown:
            break;
    }
    const Stranger stranger = identifyStranger(beginning(input.bytes));
    throw Error(concat("this is ", stranger.what), input.where, stranger.hint);
}

void checkFileSize(std::size_t bytes, const std::string& where, const DecodeLimits& limits) {
    const auto megabytes = [](std::size_t count) { return concat((count + (1 << 20) - 1) >> 20, " MiB"); };
    if (bytes == 0) throw Error("the file is empty", where, "Fetch or export the picture again.");
    if (bytes > limits.fileBytes)
        throw Error(concat("the file has ", megabytes(bytes), ", more than the limit of ", megabytes(limits.fileBytes)),
                    where, "Make the picture smaller first.");
}

}  // namespace

Format recognize(std::span<const std::byte> bytes) {
    const std::string_view start = beginning(bytes);
    const auto startsWith = [&](std::string_view signature) { return start.starts_with(signature); };
    if (startsWith("\x89PNG\r\n\x1A\n"sv)) return Format::Png;
    if (startsWith("\xFF\xD8\xFF"sv)) return Format::Jpeg;
    if (startsWith("GIF87a"sv) || startsWith("GIF89a"sv)) return Format::Gif;
    if (startsWith("RIFF"sv) && part(start, 8, 4) == "WEBP") return Format::WebP;
    for (const auto tiff : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
        if (startsWith(tiff)) return Format::Tiff;
    if (startsWith("BM"sv) && start.size() >= 26) return Format::Bmp;
    if (start.size() > 2 && start[0] == 'P' && start[1] >= '1' && start[1] <= '6' &&
        " \t\r\n\v\f#"sv.find(start[2]) != std::string_view::npos)
        return Format::Pnm;
    return codecs::looksLikeTga(bytes) ? Format::Tga : Format::Unknown;
}

Picture decodePicture(std::span<const std::byte> bytes, const std::string& where, const DecodeLimits& limits) {
    checkFileSize(bytes.size(), where, limits);
    try {
        Picture picture = decodeAs(recognize(bytes), {bytes, where, limits});
        Size alphaSize = picture.size;
        applyOrientation(picture.rgb, picture.size, 3, picture.source.orientation);
        applyOrientation(picture.alpha, alphaSize, 1, picture.alpha.empty() ? 1 : picture.source.orientation);
        return picture;
    } catch (const std::bad_alloc&) {
        throw Error("there is not enough memory to decode it", where, "Close other programs or make it smaller.");
    }
}

std::vector<std::byte> readPictureFile(const std::filesystem::path& file, const DecodeLimits& limits) {
    const auto mapped = files::MappedFile::open(file);
    const auto bytes = mapped->bytes();
    checkFileSize(bytes.size(), file.string(), limits);
    // A copy: another program may change the file while it is decoded.
    return {bytes.begin(), bytes.end()};
}

Picture readPicture(const std::filesystem::path& file, const DecodeLimits& limits) {
    return decodePicture(readPictureFile(file, limits), file.string(), limits);
}

}  // namespace fusionscope::image
