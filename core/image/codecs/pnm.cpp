#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/files/error.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

/// Reads the numbers of a PNM file, which are text in its header and, in the plain variants, in its pixels.
class PnmReader {
  public:
    explicit PnmReader(const codecs::Input& input) : m_input(input), m_text(input.text()), m_position(2) {}

    void skipSpace() {
        while (m_position < m_text.size()) {
            if (m_text[m_position] == '#')
                m_position = std::min(m_text.find('\n', m_position), m_text.size());
            else if (isSpace())
                ++m_position;
            else
                break;
        }
    }
    int number() {
        skipSpace();
        int value = 0;
        const std::size_t start = m_position;
        for (; m_position < m_text.size() && isDigit(); ++m_position) {
            value = 10 * value + (m_text[m_position] - '0');
            if (value > 100'000'000) m_input.refuse("this PNM is damaged: a number is far too large");
        }
        if (m_position == start) refuseEnd();
        return value;
    }
    /// One pixel of a plain bitmap; these need no space between them.
    int bit() {
        skipSpace();
        if (m_position == m_text.size() || (m_text[m_position] != '0' && m_text[m_position] != '1')) refuseEnd();
        return m_text[m_position++] - '0';
    }
    /// Rows of bytes, after the one blank that ends the header.
    const std::uint8_t* take(std::size_t count) {
        if (count > m_text.size() - m_position) refuseEnd();
        const std::uint8_t* taken = m_input.data() + m_position;
        m_position += count;
        return taken;
    }
    void endHeader() {
        if (m_position == m_text.size() || !isSpace()) refuseEnd();
        ++m_position;
    }

  private:
    bool isSpace() const { return std::isspace(static_cast<unsigned char>(m_text[m_position])) != 0; }
    bool isDigit() const { return std::isdigit(static_cast<unsigned char>(m_text[m_position])) != 0; }
    [[noreturn]] void refuseEnd() const {
        m_input.refuse(concat("this PNM is damaged or cut short at byte ", m_position));
    }

    const codecs::Input& m_input;
    std::string_view m_text;
    std::size_t m_position;
};

}  // namespace

Picture codecs::pnm(const Input& input) {
    PnmReader reader(input);
    const int kind = input.text()[1] - '0';  // 1 to 3 as text, 4 to 6 as bytes: bits, gray, RGB
    const bool plain = kind <= 3, bits = kind == 1 || kind == 4, colour = kind == 3 || kind == 6;
    const int width = reader.number(), height = reader.number();
    const int most = bits ? 1 : reader.number();
    if (most < 1 || most > 65535) input.refuse(concat("this PNM has ", most, " as its largest value"));
    if (!plain) reader.endHeader();
    PictureWriter out(input, Format::Pnm, width, height, false);
    PictureSource& source = out.picture().source;
    source.colours = bits ? "black and white" : colour ? "RGB" : "gray";
    source.bitsPerSample = bits ? 1 : most > 255 ? 16 : 8;

    // Gray of more than 8 bits counts as a number up to 65535 and is clipped, as everywhere.
    const double white = most > 255 && !colour ? 65535 : 255;
    const auto scaled = [&](int value) {
        return static_cast<std::uint8_t>(std::min(255.0, std::nearbyint(double(value) / most * white)));
    };
    const auto samples = static_cast<std::size_t>(width) * (colour ? 3 : 1);
    const std::size_t rowBytes = bits ? (samples + 7) / 8 : most > 255 ? 2 * samples : samples;
    std::vector<std::uint8_t> row(samples);
    for (int y = 0; y < height; ++y) {
        const std::uint8_t* stored = plain ? nullptr : reader.take(rowBytes);
        for (std::size_t i = 0; i < samples; ++i) {
            if (bits) {
                const int black = plain ? reader.bit() : stored[i / 8] >> (7 - i % 8) & 1;
                row[i] = black != 0 ? 0 : 255;
            } else {
                row[i] = scaled(plain        ? reader.number()
                                : most > 255 ? stored[2 * i] << 8 | stored[2 * i + 1]
                                             : stored[i]);
            }
        }
        if (colour)
            out.appendRgb(row.data());
        else
            out.appendGray(row.data());
    }
    return out.finish();
}

}  // namespace fusionscope::image
