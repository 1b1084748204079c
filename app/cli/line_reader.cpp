#include "app/cli/line_reader.h"

#include <array>
#include <istream>

#include "core/files/error.h"

namespace fusionscope::cli {

void forEachLine(std::istream& in, size_t mostBytes,
                 const std::function<bool(const std::string& line, size_t number)>& visit) {
    size_t number = 0;
    std::string line;
    // Read in pieces, so that an endless line cannot take all memory.
    for (std::array<char, 65536> piece{}; in.good();) {
        in.getline(piece.data(), piece.size());
        const auto count = static_cast<size_t>(in.gcount());
        const bool full = in.fail() && !in.eof() && count + 1 == piece.size();
        line.append(piece.data(), full || in.eof() ? count : count - (count > 0));
        if (line.size() > mostBytes)
            throw Error(concat("line ", number + 1, " is longer than ", mostBytes, " bytes"), "standard input");
        if (full) {
            in.clear();
            continue;
        }
        if (in.eof() && line.empty()) break;
        if (!visit(line, ++number)) break;
        line.clear();
    }
}

std::string readAll(std::istream& in, size_t mostBytes) {
    std::string text;
    for (std::array<char, 65536> piece{}; in.good();) {
        in.read(piece.data(), piece.size());
        text.append(piece.data(), static_cast<size_t>(in.gcount()));
        if (text.size() > mostBytes) throw Error(concat("is longer than ", mostBytes, " bytes"), "standard input");
    }
    return text;
}

}  // namespace fusionscope::cli
