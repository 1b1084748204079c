#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

/// MP4 files as trees of boxes, to be changed and written again. The files that OpenCV writes have their media data in
/// front, so that nothing that is changed behind it moves what its tables point to.
namespace fusionscope::tests {

using Bytes = std::string;

inline std::uint32_t numberAt(const Bytes& bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<std::uint8_t>(bytes.at(at + i));
    return number;
}
inline Bytes bigEndian(std::uint32_t number) {
    Bytes bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
    return bytes;
}
inline void setNumber(Bytes& bytes, std::size_t at, std::uint32_t number) { bytes.replace(at, 4, bigEndian(number)); }

struct Box {
    std::string type;
    Bytes payload;             ///< empty for boxes that hold others
    std::vector<Box> children;

    Bytes written() const {
        Bytes inner = payload;
        for (const auto& child : children) inner += child.written();
        return bigEndian(static_cast<std::uint32_t>(inner.size() + 8)) + type + inner;
    }
    /// The first box of a type below this one. @throws std::out_of_range when there is none
    Box& find(const std::string& wanted) {
        Box* found = nullptr;
        visit([&](Box& box) {
            if (!found && box.type == wanted) found = &box;
        });
        if (!found) throw std::out_of_range("no box " + wanted);
        return *found;
    }
    void visit(const std::function<void(Box&)>& use) {
        for (auto& child : children) {
            use(child);
            child.visit(use);
        }
    }
};

inline bool holdsBoxes(const std::string& type) {
    for (const char* known : {"moov", "trak", "mdia", "minf", "stbl", "dinf", "edts", "udta"})
        if (type == known) return true;
    return false;
}

inline std::vector<Box> boxesIn(const Bytes& bytes) {
    std::vector<Box> boxes;
    for (std::size_t at = 0; at + 8 <= bytes.size();) {
        const std::size_t size = numberAt(bytes, at);
        if (size < 8 || at + size > bytes.size()) break;
        Box box{bytes.substr(at + 4, 4), bytes.substr(at + 8, size - 8), {}};
        if (holdsBoxes(box.type)) {
            box.children = boxesIn(box.payload);
            box.payload.clear();
        }
        boxes.push_back(std::move(box));
        at += size;
    }
    return boxes;
}

/// The whole file as one box without a head of its own.
inline Box readBoxes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {"", {}, boxesIn(Bytes{std::istreambuf_iterator<char>(in), {}})};
}
inline Bytes fileOf(const Box& root) {
    Bytes bytes;
    for (const auto& box : root.children) bytes += box.written();
    return bytes;
}
inline std::string writeBytes(const std::string& path, const Bytes& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path;
}

}  // namespace fusionscope::tests
