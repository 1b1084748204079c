#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/world/random.h"
#include "core/world/split.h"

namespace fusionscope::world {

/// Real figures for charts: the lengths of rivers, the members of a union year by year.
struct Table {
    std::string title;
    bool ordered = false;  ///< its rows follow one another, as years do
    int top = 100;         ///< end of the value axis, a multiple of 5
    std::vector<std::pair<std::string, int>> rows;  ///< name of at most 8 letters, value from 1 to `top`
};

class Tables {
  public:
    /// @throws Error naming the line that is no table
    static Tables read(const std::filesystem::path& file);

    const std::vector<Table>& all() const { return m_all; }
    /// A part of a table with `least` to `most` rows of different values whose names the split may use: rows that follow
    /// one another if they are ordered. No rows where no table has so many.
    Table part(Random& random, Split split, int least, int most, bool ordered) const;

  private:
    std::vector<Table> m_all;
};

}  // namespace fusionscope::world
