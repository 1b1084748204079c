#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fusionscope::world {

struct Noun {
    std::string name, plural, category;
    bool recoloured;  ///< always drawn in one of the named colours
};

/// The things that sprites show, read from nouns.txt (which explains its form).
class Nouns {
  public:
    /// @throws Error naming the line that is not understood
    static Nouns read(const std::filesystem::path& file);

    const std::vector<Noun>& all() const { return m_all; }
    const Noun& operator[](int index) const { return m_all.at(static_cast<std::size_t>(index)); }
    int count() const { return static_cast<int>(m_all.size()); }
    /// Indices of a category's nouns.
    std::vector<int> ofCategory(std::string_view category) const;
    const Noun* find(std::string_view name) const;

  private:
    std::vector<Noun> m_all;
};

}  // namespace fusionscope::world
