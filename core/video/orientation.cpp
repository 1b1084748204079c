#include "core/video/orientation.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>

namespace fusionscope::video {

namespace {

/// A stretch of a file that holds a box's content.
struct Box {
    std::array<char, 4> type{};
    std::uint64_t begin = 0, end = 0;

    bool is(std::string_view name) const { return std::string_view(type.data(), type.size()) == name; }
};

class BoxReader {
  public:
    explicit BoxReader(const std::filesystem::path& file) : m_in(file, std::ios::binary | std::ios::ate) {
        if (m_in) m_size = static_cast<std::uint64_t>(m_in.tellg());
    }

    Box whole() const { return {{}, 0, m_size}; }

    /// Calls `use` with the boxes in a stretch until it says that it has seen enough.
    template <class Use>
    void forEach(const Box& outer, const Use& use) {
        for (std::uint64_t at = outer.begin; outer.end - at >= 8 && m_boxesLeft-- > 0;) {
            std::uint64_t size = number(at, 4), head = 8;
            Box box;
            if (!read(at + 4, box.type.data(), box.type.size())) return;
            if (size == 1) {
                size = number(at + 8, 8);
                head = 16;
            } else if (size == 0) {
                size = outer.end - at;
            }
            if (size < head || size > outer.end - at) return;
            box.begin = at + head;
            box.end = at + size;
            if (!use(box)) return;
            at = box.end;
        }
    }
    std::optional<Box> find(const Box& outer, std::string_view name) {
        std::optional<Box> found;
        forEach(outer, [&](const Box& box) {
            if (box.is(name)) found = box;
            return !found;
        });
        return found;
    }
    /// Big-endian; 0 where the file ends.
    std::uint64_t number(std::uint64_t at, std::size_t bytes) {
        std::array<char, 8> read{};
        if (!this->read(at, read.data(), bytes)) return 0;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<std::uint8_t>(read[i]);
        return value;
    }

  private:
    bool read(std::uint64_t at, char* to, std::size_t bytes) {
        if (at > m_size || bytes > m_size - at) return false;
        m_in.clear();
        m_in.seekg(static_cast<std::streamoff>(at));
        return static_cast<bool>(m_in.read(to, static_cast<std::streamsize>(bytes)));
    }

    std::ifstream m_in;
    std::uint64_t m_size = 0;
    int m_boxesLeft = 10'000;  // a file may be made of nothing else
};

/// The turn of a track header's matrix {a b u c d v x y w}, of which a, b, c and d turn.
int turnsOf(BoxReader& reader, const Box& header) {
    const std::uint64_t matrix = header.begin + (reader.number(header.begin, 1) == 1 ? 52 : 40);
    const auto entry = [&](std::uint64_t index) { return static_cast<std::int32_t>(reader.number(matrix + 4 * index, 4)) / 65536; };
    const int a = entry(0), b = entry(1), c = entry(3), d = entry(4);
    if (a == 0 && b == 1 && c == -1 && d == 0) return 1;
    if (a == -1 && b == 0 && c == 0 && d == -1) return 2;
    if (a == 0 && b == -1 && c == 1 && d == 0) return 3;
    return 0;
}

}  // namespace

int quarterTurns(const std::filesystem::path& file) {
    BoxReader reader(file);
    const auto movie = reader.find(reader.whole(), "moov");
    if (!movie) return 0;
    int turns = 0;
    reader.forEach(*movie, [&](const Box& track) {
        if (!track.is("trak")) return true;
        const auto header = reader.find(track, "tkhd"), media = reader.find(track, "mdia");
        const auto handler = media ? reader.find(*media, "hdlr") : std::nullopt;
        constexpr std::uint64_t video = 0x76696465;  // "vide"
        if (!header || !handler || reader.number(handler->begin + 8, 4) != video) return true;
        turns = turnsOf(reader, *header);
        return false;
    });
    return turns;
}

}  // namespace fusionscope::video
