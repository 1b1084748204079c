#include "core/world/nouns.h"

#include <algorithm>
#include <fstream>

#include "core/files/error.h"
#include "core/world/grammar.h"

namespace fusionscope::world {

namespace {

/// The parts of "NAME[/PLURAL][=ICON][*]".
Noun parsed(std::string entry, const std::string& category, const std::string& where) {
    const bool recoloured = entry.ends_with('*');
    if (recoloured) entry.pop_back();
    entry = entry.substr(0, entry.find('='));
    const auto slash = entry.find('/');
    const std::string name = entry.substr(0, slash);
    if (name.empty()) throw Error("a noun has no name", where, "Write \"category: noun, noun\".");
    return {name, slash == std::string::npos ? pluralOf(name) : entry.substr(slash + 1), category, recoloured};
}

}  // namespace

Nouns Nouns::read(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) throw Error("the list of nouns cannot be read", file.string());
    Nouns nouns;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line[0] == '#') continue;
        const std::string where = concat(file.string(), " line ", number);
        const auto colon = line.find(": ");
        if (colon == std::string::npos) throw Error("there is no category", where, "Write \"category: noun, noun\".");
        const std::string category = line.substr(0, colon);
        for (std::size_t begin = colon + 2; begin < line.size();) {
            const auto comma = std::min(line.find(", ", begin), line.size());
            nouns.m_all.push_back(parsed(line.substr(begin, comma - begin), category, where));
            begin = comma + 2;
        }
    }
    if (nouns.m_all.empty()) throw Error("there are no nouns", file.string());
    return nouns;
}

std::vector<int> Nouns::ofCategory(std::string_view category) const {
    std::vector<int> indices;
    for (int i = 0; i < count(); ++i)
        if ((*this)[i].category == category) indices.push_back(i);
    return indices;
}

const Noun* Nouns::find(std::string_view name) const {
    for (const auto& noun : m_all)
        if (noun.name == name) return &noun;
    return nullptr;
}

}  // namespace fusionscope::world
