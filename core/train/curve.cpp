#include "core/train/curve.h"

#include <span>
#include <sstream>

#include "core/files/error.h"
#include "core/files/output_file.h"

namespace fusionscope::train {

Curve::Curve(const std::filesystem::path& file, const std::vector<std::string>& columns, double seen) : m_file(file) {
    std::string header;
    for (const auto& column : columns) header += (header.empty() ? "" : ",") + column;
    std::string kept = header + "\n";
    if (std::ifstream in(file); in) {
        std::string line;
        if (std::getline(in, line) && line != header)
            throw Error("the columns are those of another training", file.string(), "Choose a new folder.");
        while (std::getline(in, line))
            if (std::istringstream number(line); [&] { double at = 0; return static_cast<bool>(number >> at) && at <= seen; }())
                kept += line + "\n";
    }
    files::OutputFile whole(file);
    whole.append(std::as_bytes(std::span(kept)));
    whole.commit();
    m_out.open(file, std::ios::app);
    m_out.precision(7);
}

void Curve::add(const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) m_out << (i ? "," : "") << values[i];
    m_out << '\n';
}

void Curve::flush() {
    if (!m_out.flush()) throw Error("cannot be written", m_file.string(), "Is the disk full?");
}

}  // namespace fusionscope::train
