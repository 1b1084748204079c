#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/files/tensor_table.h"

/// Bringing the layouts in which a family is published into one, without touching any data.
namespace fusionscope::models {

/// What a name begins with, and what it begins with in the layout that the model reads.
using Renaming = std::pair<std::string_view, std::string_view>;

/// Gives a tensor another name. @throws Error when the name is taken
void renameTensor(files::TensorTable& table, const std::string& from, const std::string& to);

/// Renames every tensor by the first row whose beginning it has; others keep their names.
/// @throws Error when two tensors would get one name
void renameBeginnings(files::TensorTable& table, std::span<const Renaming> renamings);

/// How many of NAME0END, NAME1END, … there are.
int64_t countNumbered(const files::TensorTable& table, const std::string& name, const std::string& end);

/// Shape of a tensor that must be there and have so many axes, none of them empty. @throws Error
const std::vector<int64_t>& shapeOf(const files::TensorTable& table, const std::string& name, size_t axes);

}  // namespace fusionscope::models
