#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

#include "core/files/error.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

const char* reason(VP8StatusCode status) {
    switch (status) {
        case VP8_STATUS_OUT_OF_MEMORY:
            return "there is no memory for it";
        case VP8_STATUS_UNSUPPORTED_FEATURE:
            return "it uses a feature that the decoder does not know";
        case VP8_STATUS_SUSPENDED:
        case VP8_STATUS_NOT_ENOUGH_DATA:
            return "the file ends too early";
        default:
            return "its data contradict themselves";
    }
}

struct Frame : WebPIterator {
    Frame() : WebPIterator{} {}
    ~Frame() { WebPDemuxReleaseIterator(this); }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
};

struct Decoding : WebPDecoderConfig {
    Decoding() { WebPInitDecoderConfig(this); }
    ~Decoding() { WebPFreeDecBuffer(&output); }
    Decoding(const Decoding&) = delete;
    Decoding& operator=(const Decoding&) = delete;
};

}  // namespace

Picture codecs::webp(const Input& input) {
    const WebPData file{input.data(), input.bytes.size()};
    const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demuxer(WebPDemux(&file), &WebPDemuxDelete);
    if (!demuxer) input.refuse("this WebP is damaged or cut short");
    const auto state = [&](WebPFormatFeature feature) { return WebPDemuxGetI(demuxer.get(), feature); };

    Frame frame;
    if (WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0 || frame.complete == 0)
        input.refuse("this WebP is cut short: its first frame is not complete");
    const std::int64_t width = state(WEBP_FF_CANVAS_WIDTH), height = state(WEBP_FF_CANVAS_HEIGHT);
    const bool whole = frame.width == width && frame.height == height;
    PictureWriter out(input, Format::WebP, width, height, frame.has_alpha != 0 || !whole);
    if (frame.x_offset + frame.width > width || frame.y_offset + frame.height > height)
        input.refuse("this WebP is damaged: a frame reaches beyond the canvas");

    Decoding decoding;
    decoding.output.colorspace = MODE_RGBA;
    const VP8StatusCode status = WebPDecode(frame.fragment.bytes, frame.fragment.size, &decoding);
    if (status != VP8_STATUS_OK) input.refuse(concat("this WebP is damaged or cut short (", reason(status), ")"));
    const WebPRGBABuffer& pixels = decoding.output.u.RGBA;
    if (decoding.output.width != frame.width || decoding.output.height != frame.height)
        input.refuse("this WebP is damaged: a frame is not as large as the container says");

    std::vector<std::uint8_t> row(static_cast<std::size_t>(width) * 4);  // transparent where the frame is not
    for (int y = 0; y < out.height(); ++y) {
        const int inFrame = y - frame.y_offset;
        const bool inside = inFrame >= 0 && inFrame < frame.height;
        const std::uint8_t* line = pixels.rgba + std::ptrdiff_t{inside ? inFrame : 0} * pixels.stride;
        if (whole) {
            out.appendRgba(line);
            continue;
        }
        std::fill(row.begin(), row.end(), std::uint8_t{0});
        if (inside) std::copy_n(line, 4 * frame.width, row.begin() + 4 * frame.x_offset);
        out.appendRgba(row.data());
    }

    PictureSource& source = out.picture().source;
    source.colours = frame.has_alpha != 0 ? "RGB + alpha" : "RGB";
    source.animated = frame.num_frames > 1;
    WebPChunkIterator exif;
    if (WebPDemuxGetChunk(demuxer.get(), "EXIF", 1, &exif) != 0) {
        source.orientation = exifOrientation({exif.chunk.bytes, exif.chunk.size});
        WebPDemuxReleaseChunkIterator(&exif);
    }
    return out.finish();
}

}  // namespace fusionscope::image
