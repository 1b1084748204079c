#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace fusionscope::train {

/// The losses of every step as a table, curve.csv: a line of names, then a line of numbers a step.
class Curve {
  public:
    /// Goes on with a file that is there: lines after `seen` pictures are of steps that will be made again.
    /// @throws Error when the file cannot be written or has other columns
    Curve(const std::filesystem::path& file, const std::vector<std::string>& columns, double seen);

    /// @param values as many as columns, the number of pictures first
    void add(const std::vector<double>& values);
    /// Makes sure that everything added is in the file.
    void flush();

  private:
    std::filesystem::path m_file;
    std::ofstream m_out;
};

}  // namespace fusionscope::train
