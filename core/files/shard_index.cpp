#include "core/files/shard_index.h"

#include <algorithm>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/printable.h"

namespace fusionscope::files {

namespace {

constexpr JsonLimits indexLimits{std::size_t{16} << 20, 150'000, 8};
constexpr std::size_t namesInMessage = 20;

bool isPlainName(const std::string& name) {
    return !name.empty() && name.find_first_of(std::string_view("/\\\0", 3)) == name.npos && name != "." && name != "..";
}

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), namesInMessage); ++i) text += (i ? ", " : "") + printable(names[i]);
    if (names.size() > namesInMessage) text += concat(" and ", names.size() - namesInMessage, " more");
    return text;
}

}  // namespace

ShardIndex ShardIndex::read(const std::filesystem::path& file) {
    const auto json = readJson(file, indexLimits);
    const Fields map = Fields(json, file.string()).object("weight_map");
    if (map.json().empty()) throw Error("field weight_map names no tensor", file.string(), "Fetch the file again.");
    ShardIndex index;
    for (const auto& [tensor, shard] : map.json().items()) {
        if (!shard.is_string() || !isPlainName(shard.get<std::string>()))
            throw Error("field weight_map places tensor " + inQuotes(tensor) + " in " + printable(shard.dump()) +
                            ", which is not a plain file name",
                        file.string(), "Shards lie beside their index.");
        index.tensorToShard.emplace(tensor, shard.get<std::string>());
    }
    for (const auto& [tensor, shard] : index.tensorToShard) index.shards.push_back(shard);
    std::sort(index.shards.begin(), index.shards.end());
    index.shards.erase(std::unique(index.shards.begin(), index.shards.end()), index.shards.end());
    return index;
}

ShardedTensors readShards(const std::filesystem::path& indexFile,
                          const std::function<TensorTable(const std::filesystem::path&)>& readShard) {
    const auto index = ShardIndex::read(indexFile);
    const auto folder = indexFile.parent_path();

    std::vector<std::string> missing;
    for (const auto& shard : index.shards)
        if (!std::filesystem::exists(folder / shard)) missing.push_back(shard);
    if (!missing.empty())
        throw Error(concat("names ", missing.size(), " of ", index.shards.size(), " shards that are missing: ", list(missing)),
                    indexFile.string(), "The download is incomplete; fetch these files.");

    ShardedTensors result;
    for (const auto& shard : index.shards)
        for (auto& [tensor, entry] : readShard(folder / shard)) {
            const auto place = index.tensorToShard.find(tensor);
            if (place != index.tensorToShard.end() && place->second == shard)
                result.tensors.emplace(tensor, std::move(entry));
            else
                result.unplaced.push_back(shard + ": " + tensor);
        }
    for (const auto& [tensor, shard] : index.tensorToShard)
        if (!result.tensors.contains(tensor)) missing.push_back(tensor + " in " + shard);
    if (!missing.empty())
        throw Error(concat("names ", missing.size(), " tensors that their shards do not hold: ", list(missing)),
                    indexFile.string(), "Index and shards do not belong together.");
    return result;
}

}  // namespace fusionscope::files
