#include "core/models/tensor_names.h"

#include <algorithm>

#include "core/files/error.h"

namespace fusionscope::models {

void renameTensor(files::TensorTable& table, const std::string& from, const std::string& to) {
    if (from == to) return;
    if (table.contains(to))
        throw Error(concat("tensors ", from, " and ", to, " stand for the same weights"),
                    table.find(from)->second.file);
    auto node = table.extract(from);
    node.key() = to;
    table.insert(std::move(node));
}

void renameBeginnings(files::TensorTable& table, std::span<const Renaming> renamings) {
    std::vector<std::string> names;
    for (const auto& [name, entry] : table) names.push_back(name);
    for (const auto& name : names)
        for (const auto& [begin, replacement] : renamings) {
            if (!name.starts_with(begin)) continue;
            auto renamed = std::string(replacement);
            renamed += std::string_view(name).substr(begin.size());
            renameTensor(table, name, renamed);
            break;
        }
}

int64_t countNumbered(const files::TensorTable& table, const std::string& name, const std::string& end) {
    int64_t count = 0;
    while (table.contains(name + std::to_string(count) + end)) ++count;
    return count;
}

const std::vector<int64_t>& shapeOf(const files::TensorTable& table, const std::string& name, size_t axes) {
    const auto found = table.find(name);
    if (found == table.end())
        throw Error("tensor " + name + " is missing", table.empty() ? "checkpoint" : table.begin()->second.file,
                    "The checkpoint is incomplete or of another family.");
    const auto& shape = found->second.shape;
    if (shape.size() != axes || std::ranges::any_of(shape, [](int64_t size) { return size < 1; }))
        throw Error(concat("tensor ", name, " should have ", axes, " axes and no empty one"), found->second.file);
    return shape;
}

}  // namespace fusionscope::models
