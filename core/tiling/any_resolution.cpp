#include "core/tiling/any_resolution.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/printable.h"

namespace fusionscope::tiling {

namespace {

constexpr const char* key = "image_grid_pinpoints";
constexpr int64_t mostTiles = 144, mostCanvases = 4096;
constexpr int64_t usualTiles = 6;
constexpr std::string_view anyResolution = "anyres", limited = "anyres_max_";

using Pair = std::pair<int64_t, int64_t>;

Grid gridOf(Pair pair, PairOrder order) {
    return order == PairOrder::HeightFirst ? Grid{pair.first, pair.second} : Grid{pair.second, pair.first};
}

/// All grids from one to another, the first number outermost.
std::vector<Grid> between(Pair first, Pair last, PairOrder order) {
    std::vector<Grid> grids;
    for (int64_t i = first.first; i <= last.first; ++i)
        for (int64_t j = first.second; j <= last.second; ++j) grids.push_back(gridOf({i, j}, order));
    return grids;
}

/// The number that a text begins with, which is cut off; -1 when there is none of at most four digits.
int64_t takeNumber(std::string_view& text) {
    int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + std::min<size_t>(text.size(), 4), number);
    if (error != std::errc()) return -1;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return number;
}

/// "(1x1),...,(6x6)": from its first pair to its last.
std::vector<Grid> fromRange(const files::Fields& fields, std::string_view text, PairOrder order) {
    std::vector<Pair> pairs;
    for (size_t open = text.find('('); open != text.npos; open = text.find('(')) {
        text.remove_prefix(open + 1);
        Pair pair{takeNumber(text), 0};
        if (text.starts_with('x')) {
            text.remove_prefix(1);
            pair.second = takeNumber(text);
        }
        if (pair.first < 1 || pair.second < 1 || pair.first > mostTiles || pair.second > mostTiles ||
            !text.starts_with(')'))
            fields.refuse(key, concat("holds a pair that is no grid of 1 to ", mostTiles, " tiles a side"));
        pairs.push_back(pair);
    }
    if (pairs.empty()) fields.refuse(key, "is no range of grids like \"(1x1),...,(6x6)\"");
    return between(pairs.front(), pairs.back(), order);
}

/// A list of pairs of pixels, each a positive whole number.
std::vector<Pair> pairsIn(const files::Fields& fields, const nlohmann::json& list) {
    if (!list.is_array()) fields.refuse(key, "is no list of pairs of pixels");
    if (static_cast<int64_t>(list.size()) > mostCanvases)
        fields.refuse(key, concat("has ", list.size(), " pairs, more than ", mostCanvases));
    std::vector<Pair> pairs;
    for (const auto& entry : list) {
        const auto isPixels = [](const nlohmann::json& number) {
            return number.is_number_integer() && number.get<double>() > 0 && number.get<double>() < 1e9;
        };
        if (!entry.is_array() || entry.size() != 2 || !isPixels(entry[0]) || !isPixels(entry[1]))
            fields.refuse(key, "holds " + files::inQuotes(entry.dump()) + ", expected pairs of pixels below 10^9");
        pairs.emplace_back(entry[0].get<int64_t>(), entry[1].get<int64_t>());
    }
    return pairs;
}

/// The list, which original checkpoints also write as Python text with round or square brackets.
std::vector<Pair> pixelPairs(const files::Fields& fields) {
    const auto& value = *fields.find(key);
    if (!value.is_string()) return pairsIn(fields, value);
    auto text = value.get<std::string>();
    std::ranges::replace(text, '(', '[');
    std::ranges::replace(text, ')', ']');
    return pairsIn(fields, files::parseJson(text, fields.where() + ": " + key));
}

bool isRange(const nlohmann::json& value) {
    return value.is_string() && value.get_ref<const std::string&>().find('x') != std::string::npos;
}

}  // namespace

Canvases Canvases::read(const files::Fields& fields, int64_t side, PairOrder order) {
    Canvases result;
    result.m_side = side;
    const auto* value = fields.find(key);
    if (!value) {
        result.m_grids = between({1, 1}, {usualTiles, usualTiles}, order);
        return result;
    }
    if (isRange(*value)) {
        result.m_grids = fromRange(fields, value->get_ref<const std::string&>(), order);
    } else {
        for (const auto& pair : pixelPairs(fields)) {
            if (pair.first % side != 0 || pair.second % side != 0)
                fields.refuse(key, concat("names a canvas of ", pair.first, " and ", pair.second,
                                          " pixels, which is not whole tiles of ", side));
            result.m_grids.push_back(gridOf({pair.first / side, pair.second / side}, order));
        }
    }
    if (result.m_grids.empty()) fields.refuse(key, "names no canvas");
    for (const auto& grid : result.m_grids)
        if (grid.rows > mostTiles || grid.columns > mostTiles || grid.count() > mostTiles)
            fields.refuse(key, concat("names a canvas of ", grid.rows, " x ", grid.columns, " tiles, more than ",
                                      mostTiles));
    return result;
}

int64_t Canvases::smallestSide(const files::Fields& fields) {
    const auto* value = fields.find(key);
    if (!value || isRange(*value)) return 0;
    int64_t least = 0;
    for (const auto& [first, second] : pixelPairs(fields))
        if (const auto side = std::min(first, second); least == 0 || side < least) least = side;
    return least;
}

Grid Canvases::best(Extent picture) const {
    const auto width = static_cast<double>(picture.width), height = static_cast<double>(picture.height);
    const Grid* best = nullptr;
    int64_t mostKept = 0, leastWasted = 0;
    for (const auto& grid : m_grids) {
        const auto canvas = extent(grid);
        const double scale = std::min(static_cast<double>(canvas.width) / width,
                                      static_cast<double>(canvas.height) / height);
        const auto shrunk = static_cast<int64_t>(width * scale) * static_cast<int64_t>(height * scale);
        const int64_t kept = std::min(shrunk, picture.width * picture.height);
        const int64_t wasted = canvas.width * canvas.height - kept;
        if (best && (kept < mostKept || (kept == mostKept && wasted >= leastWasted))) continue;
        best = &grid;
        mostKept = kept;
        leastWasted = wasted;
    }
    return *best;
}

Extent fitted(Extent picture, Extent canvas) {
    const auto width = static_cast<double>(picture.width), height = static_cast<double>(picture.height);
    const double wide = static_cast<double>(canvas.width) / width, high = static_cast<double>(canvas.height) / height;
    if (wide < high) return {canvas.width, std::min(static_cast<int64_t>(std::ceil(height * wide)), canvas.height)};
    return {std::min(static_cast<int64_t>(std::ceil(width * high)), canvas.width), canvas.height};
}

Part unpadded(Extent picture, Grid patches) {
    const auto width = static_cast<double>(picture.width), height = static_cast<double>(picture.height);
    const auto rows = static_cast<double>(patches.rows), columns = static_cast<double>(patches.columns);
    // Rounded to seven decimals before it is cut, as the reference does.
    const auto whole = [](double patchesShown) { return static_cast<int64_t>(std::round(patchesShown * 1e7) / 1e7); };
    if (width / height > columns / rows) {
        const int64_t padding = (patches.rows - whole(height * (columns / width))) / 2;
        return {padding, 0, {patches.rows - 2 * padding, patches.columns}};
    }
    const int64_t padding = (patches.columns - whole(width * (rows / height))) / 2;
    return {0, padding, {patches.rows, patches.columns - 2 * padding}};
}

Grid capped(Grid patches, Grid tile, int64_t mostTiles) {
    if (mostTiles == 0) return patches;
    const double ratio = std::sqrt(static_cast<double>(patches.count()) / static_cast<double>(mostTiles * tile.count()));
    if (!(ratio > 1.1)) return patches;
    const auto floorDivided = [ratio](int64_t size) {  // as Python's //, which is exact where a quotient is rounded
        const auto whole = static_cast<double>(size);
        return std::max<int64_t>(1, std::llround((whole - std::fmod(whole, ratio)) / ratio));
    };
    return {floorDivided(patches.rows), floorDivided(patches.columns)};
}

int64_t mostTilesOf(const files::Fields& fields, std::string_view ruleKey) {
    const auto rule = fields.textOr(ruleKey, "anyres_max_9");
    if (rule == anyResolution) return 0;
    auto rest = std::string_view(rule);
    if (rest.starts_with(limited)) {
        rest.remove_prefix(limited.size());
        if (const auto number = takeNumber(rest); number > 0 && rest.empty()) return number;
    }
    fields.refuse(ruleKey, concat("is ", files::inQuotes(rule), ", expected \"anyres_max_9\" or the like"));
}

}  // namespace fusionscope::tiling
