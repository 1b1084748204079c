#include "core/train/folder_writing.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <span>

#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/files/output_file.h"
#include "core/files/safetensors.h"

namespace fusionscope::train {

namespace fs = std::filesystem;

void makeFolder(const fs::path& folder) {
    std::error_code failure;
    if (fs::exists(folder, failure) && !fs::is_empty(folder, failure))
        throw Error("the folder already holds something", folder.string(), "Name a new folder.");
    fs::create_directories(folder, failure);
    if (failure) throw Error("the folder cannot be made: " + failure.message(), folder.string());
}

void copySmallFiles(const fs::path& from, const fs::path& to) {
    const auto weights = files::ModelFolder::open(from).weightFiles();
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
        const auto path = entry.path();
        if (!entry.is_regular_file() || path.extension() == ".md" || path.filename().string().ends_with(".index.json")) continue;
        if (std::find(weights.begin(), weights.end(), path) != weights.end()) continue;
        const auto target = to / path.lexically_relative(from);
        fs::create_directories(target.parent_path());
        fs::copy_file(path, target, fs::copy_options::overwrite_existing);
    }
}

void writeJson(const fs::path& file, const nlohmann::json& value) {
    const std::string text = value.dump(1) + "\n";
    files::OutputFile out(file);
    out.append(std::as_bytes(std::span(text)));
    out.commit();
}

void writeWeights(const fs::path& file, const Tensors& weights) {
    std::vector<Tensor> kept;  // keeps the bytes alive
    std::vector<files::TensorBytes> list;
    for (const auto& [name, tensor] : weights) {
        kept.push_back(tensor.detach().to(c10::kCPU, c10::kBFloat16).contiguous());
        list.push_back({{name, files::DType::BF16, kept.back().sizes().vec()},
                        {static_cast<const std::byte*>(kept.back().data_ptr()), kept.back().nbytes()}});
    }
    files::writeSafetensors(file, list, {{"format", "pt"}});
}

}  // namespace fusionscope::train
