#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/world/random.h"
#include "core/world/split.h"

namespace fusionscope::world {

/// What is written in pictures: words from a list, names, prices, times, dates, codes, invented syllables.
class Words {
  public:
    /// Reads one word a line. @throws Error when there are none
    static Words read(const std::filesystem::path& file);

    const std::vector<std::string>& all() const { return m_all; }
    /// A word of the list, in lower case, that the split may use.
    std::string word(Random& random, Split split) const;
    /// One word as it stands on a sign, in some case, or a number, price, time or code.
    std::string token(Random& random, Split split) const;
    /// One to `most` tokens with at most `letters` characters together.
    std::string line(Random& random, Split split, int most, int letters) const;

  private:
    std::vector<std::string> m_all;
};

std::string inCapitals(std::string text);

}  // namespace fusionscope::world
