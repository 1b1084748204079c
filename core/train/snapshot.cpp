#include "core/train/snapshot.h"

#include <ATen/ATen.h>

#include <cstring>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/safetensors.h"

namespace fusionscope::train {

namespace {

constexpr const char* noteName = "training";

}  // namespace

void Snapshot::write(const std::filesystem::path& file) const {
    std::vector<Tensor> kept;  // keeps the bytes alive
    std::vector<files::TensorBytes> list;
    for (const auto& [name, tensor] : tensors) {
        kept.push_back(tensor.detach().to(c10::kCPU).contiguous());
        const Tensor& plain = kept.back();
        const auto type = plain.scalar_type() == c10::kDouble ? files::DType::F64 : files::DType::F32;
        list.push_back({{name, type, plain.sizes().vec()}, {static_cast<const std::byte*>(plain.data_ptr()), plain.nbytes()}});
    }
    files::writeSafetensors(file, list, {{noteName, state.dump()}});
}

Snapshot Snapshot::read(const std::filesystem::path& file) {
    const auto stored = files::readSafetensors(file);
    const auto note = stored.metadata.find(noteName);
    if (note == stored.metadata.end()) throw Error("is no checkpoint of a training", file.string(), "Name the folder of one.");
    Snapshot snapshot;
    snapshot.state = files::parseJson(note->second, file.string());
    for (const auto& [name, entry] : stored.tensors) {
        if (entry.dtype != files::DType::F32 && entry.dtype != files::DType::F64)
            throw Error(concat("tensor ", name, " has type ", files::name(entry.dtype), ", expected F32"), file.string());
        const auto type = entry.dtype == files::DType::F64 ? c10::kDouble : c10::kFloat;
        Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(type));
        if (!entry.bytes.empty()) std::memcpy(tensor.data_ptr(), entry.bytes.data(), entry.bytes.size());
        snapshot.tensors.emplace(name, std::move(tensor));
    }
    return snapshot;
}

}  // namespace fusionscope::train
