// clang-format off: libjpeg's header wants size_t and FILE declared before it
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>
#include <cstring>

#include "core/files/error.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

constexpr long workMemory = 2L << 30;
/// No real picture has so many; each costs a pass over all coefficients.
constexpr int mostScans = 100;

/// libjpeg's decompressor with its own notion of failing: it jumps back to the last attempt().
struct JpegReader {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg_source_mgr source{};
    jpeg_progress_mgr progress{};
    std::jmp_buf place{};
    char problem[JMSG_LENGTH_MAX] = "";
    bool exhausted = false;  ///< the data ended before the picture's end mark

    explicit JpegReader(std::span<const std::byte> bytes) {
        jpeg.err = jpeg_std_error(&errors);
        errors.error_exit = &JpegReader::fail;
        errors.emit_message = &JpegReader::note;
        errors.output_message = [](j_common_ptr) {};
        jpeg.client_data = this;
        if (!attempt([&] { jpeg_create_decompress(&jpeg); })) return;
        jpeg.mem->max_memory_to_use = workMemory;
        source.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
        source.bytes_in_buffer = bytes.size();
        source.init_source = [](j_decompress_ptr) {};
        source.term_source = [](j_decompress_ptr) {};
        source.resync_to_restart = jpeg_resync_to_restart;
        source.fill_input_buffer = &JpegReader::endOfData;
        source.skip_input_data = &JpegReader::skip;
        jpeg.src = &source;
        progress.progress_monitor = &JpegReader::countScans;
        jpeg.progress = &progress;
    }
    ~JpegReader() { jpeg_destroy_decompress(&jpeg); }
    JpegReader(const JpegReader&) = delete;
    JpegReader& operator=(const JpegReader&) = delete;

    /// Runs calls into libjpeg; false when one failed. The step must not own anything: it is left by a jump.
    template <class Step>
    [[gnu::noinline]] bool attempt(const Step& step) {
        if (setjmp(place)) return false;
        step();
        return true;
    }

    static JpegReader& of(j_common_ptr jpeg) { return *static_cast<JpegReader*>(jpeg->client_data); }
    static void fail(j_common_ptr jpeg) {
        jpeg->err->format_message(jpeg, of(jpeg).problem);
        std::longjmp(of(jpeg).place, 1);
    }
    static void stop(j_common_ptr jpeg, const char* problem) {
        std::strncpy(of(jpeg).problem, problem, JMSG_LENGTH_MAX - 1);
        std::longjmp(of(jpeg).place, 1);
    }
    /// libjpeg goes on after running out of data and paints the rest gray; here that is the end.
    static void note(j_common_ptr jpeg, int level) {
        if (level < 0 && jpeg->err->msg_code == JWRN_HIT_MARKER && of(jpeg).exhausted)
            stop(jpeg, "the file ends too early");
    }
    static boolean endOfData(j_decompress_ptr jpeg) {
        static constexpr JOCTET endMark[] = {0xFF, JPEG_EOI};
        of(reinterpret_cast<j_common_ptr>(jpeg)).exhausted = true;
        jpeg->src->next_input_byte = endMark;
        jpeg->src->bytes_in_buffer = sizeof endMark;
        return TRUE;
    }
    static void skip(j_decompress_ptr jpeg, long count) {
        if (count <= 0) return;
        if (static_cast<std::size_t>(count) > jpeg->src->bytes_in_buffer) {
            endOfData(jpeg);
        } else {
            jpeg->src->next_input_byte += count;
            jpeg->src->bytes_in_buffer -= static_cast<std::size_t>(count);
        }
    }
    static void countScans(j_common_ptr jpeg) {
        if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > mostScans)
            stop(jpeg, "it has more scans than any real picture");
    }
};

const char* colourName(J_COLOR_SPACE space) {
    switch (space) {
        case JCS_GRAYSCALE:
            return "gray";
        case JCS_RGB:
            return "RGB";
        case JCS_YCbCr:
            return "YCbCr";
        case JCS_CMYK:
            return "CMYK";
        case JCS_YCCK:
            return "YCCK";
        default:
            return "unknown";
    }
}

}  // namespace

Picture codecs::jpeg(const Input& input) {
    JpegReader reader(input.bytes);
    jpeg_decompress_struct& jpeg = reader.jpeg;
    const auto require = [&](bool done) {
        if (!done) input.refuse(concat("this JPEG is damaged or cut short (", reader.problem, ")"));
    };
    require(jpeg.src != nullptr);
    require(reader.attempt([&] {
        jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xFFFF);
        jpeg_read_header(&jpeg, TRUE);
    }));

    PictureWriter out(input, Format::Jpeg, jpeg.image_width, jpeg.image_height, false);
    PictureSource& source = out.picture().source;
    source.colours = colourName(jpeg.jpeg_color_space);
    source.bitsPerSample = jpeg.data_precision;
    for (jpeg_saved_marker_ptr marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
        if (marker->data_length < 6 || std::memcmp(marker->data, "Exif\0\0", 6) != 0) continue;
        source.orientation = exifOrientation({marker->data, marker->data_length});
        break;
    }

    const bool cmyk = jpeg.num_components == 4, gray = jpeg.num_components == 1;
    jpeg.out_color_space = cmyk ? JCS_CMYK : gray ? JCS_GRAYSCALE : JCS_RGB;
    require(reader.attempt([&] {
        jpeg_start_decompress(&jpeg);
        if (jpeg_has_multiple_scans(&jpeg) && reader.exhausted)
            JpegReader::stop(reinterpret_cast<j_common_ptr>(&jpeg), "the file ends before the last scan");
    }));
    std::vector<std::uint8_t> row(static_cast<std::size_t>(jpeg.output_width) *
                                  static_cast<std::size_t>(jpeg.output_components));
    std::vector<std::uint8_t> rgb(cmyk ? static_cast<std::size_t>(jpeg.output_width) * 3 : 0);
    for (int y = 0; y < out.height(); ++y) {
        JSAMPROW rows[] = {row.data()};
        require(reader.attempt([&] { jpeg_read_scanlines(&jpeg, rows, 1); }));
        if (gray) {
            out.appendGray(row.data());
        } else if (cmyk) {
            for (std::uint8_t& ink : row) ink = static_cast<std::uint8_t>(255 - ink);  // stored as Adobe does: inverted
            cmykToRgb(row.data(), out.width(), rgb.data());
            out.appendRgb(rgb.data());
        } else {
            out.appendRgb(row.data());
        }
    }
    return out.finish();
}

}  // namespace fusionscope::image
