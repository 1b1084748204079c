#include "core/files/npy.h"

#include "core/files/error.h"
#include "core/files/output_file.h"
#include "core/files/printable.h"
#include "core/files/zip.h"

namespace fusionscope::files {

namespace {

/// NumPy's name of the type, or null.
const char* description(DType type) {
    switch (type) {
        case DType::F64: return "<f8";
        case DType::F32: return "<f4";
        case DType::F16: return "<f2";
        case DType::I64: return "<i8";
        case DType::I32: return "<i4";
        case DType::I16: return "<i2";
        case DType::I8: return "|i1";
        case DType::U8: return "|u1";
        case DType::Bool: return "|b1";
        default: return nullptr;
    }
}

/// Everything before the values: magic, version 1.0, length, and a Python dictionary padded so that the values start at
/// a multiple of 64 bytes.
std::string header(DType dtype, const std::vector<int64_t>& shape, std::size_t bytes, const std::string& where) {
    if (!description(dtype))
        throw Error(concat("an array of type ", name(dtype), " cannot be written: NumPy has no such type"), where,
                    "Convert it to F32 first.");
    const auto expected = byteCount(dtype, shape);
    if (!expected || static_cast<uint64_t>(*expected) != bytes)
        throw Error(concat("an array of type ", name(dtype), " and shape ", shapeText(shape), " cannot take ", bytes,
                           " bytes"),
                    where);
    std::string dictionary = concat("{'descr': '", description(dtype), "', 'fortran_order': False, 'shape': (");
    for (const auto size : shape) dictionary += std::to_string(size) + ", ";
    dictionary += "), }";
    constexpr std::size_t prefix = 10, alignment = 64;
    dictionary.append(alignment - 1 - (prefix + dictionary.size()) % alignment, ' ');
    dictionary += '\n';
    const auto length = dictionary.size();
    std::string text("\x93NUMPY\x01\x00", 8);
    text += static_cast<char>(length & 255);
    text += static_cast<char>(length >> 8);
    return text + dictionary;
}

}  // namespace

void writeNpy(const std::filesystem::path& path, DType dtype, const std::vector<int64_t>& shape,
              std::span<const std::byte> bytes) {
    const std::string start = header(dtype, shape, bytes.size(), path.string());
    OutputFile file(path);
    file.append(std::as_bytes(std::span(start)));
    file.append(bytes);
    file.commit();
}

struct NpzWriter::Archive {
    explicit Archive(std::filesystem::path path) : zip(std::move(path)) {}
    ZipWriter zip;
};

NpzWriter::NpzWriter(std::filesystem::path file) : m_archive(std::make_unique<Archive>(std::move(file))) {}
NpzWriter::~NpzWriter() = default;

void NpzWriter::add(const std::string& name, DType dtype, const std::vector<int64_t>& shape,
                    std::span<const std::byte> bytes) {
    const std::string start = header(dtype, shape, bytes.size(), m_archive->zip.path().string());
    m_archive->zip.add(name + ".npy", {std::as_bytes(std::span(start)), bytes});
}

void NpzWriter::finish() { m_archive->zip.finish(); }

}  // namespace fusionscope::files
