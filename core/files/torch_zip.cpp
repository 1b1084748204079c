#include "core/files/torch_zip.h"

#include <cstring>
#include <vector>

#include "core/files/error.h"
#include "core/files/mapped_file.h"
#include "core/files/pickle.h"
#include "core/files/printable.h"
#include "core/files/zip.h"

namespace fusionscope::files {

namespace {

constexpr std::string_view pickleName = "/data.pkl";

bool isContiguous(const PickledTensor& tensor) {
    int64_t expected = 1;
    for (std::size_t i = tensor.shape.size(); i-- > 0;) {
        if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
        expected *= tensor.shape[i];
    }
    return true;
}

/// One more than the last element's place in the storage; nothing on overflow.
std::optional<int64_t> reach(const PickledTensor& tensor) {
    int64_t last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        int64_t step = 0;
        if (tensor.shape[i] == 0) return tensor.offset;
        if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &step) ||
            __builtin_add_overflow(last, step, &last))
            return std::nullopt;
    }
    return last + 1;
}

/// A row-major copy of a tensor whose elements lie otherwise in its storage.
std::vector<std::byte> contiguousCopy(const PickledTensor& tensor, std::span<const std::byte> storage, std::size_t bytes) {
    const auto width = static_cast<std::size_t>(blockSize(tensor.dtype).bytes);
    std::vector<std::byte> copy(bytes);
    std::vector<int64_t> index(tensor.shape.size(), 0);
    int64_t place = tensor.offset;
    for (std::size_t done = 0; done < bytes; done += width) {
        std::memcpy(copy.data() + done, storage.data() + static_cast<std::size_t>(place) * width, width);
        for (std::size_t axis = index.size(); axis-- > 0;) {
            place += tensor.strides[axis];
            if (++index[axis] < tensor.shape[axis]) break;
            place -= tensor.strides[axis] * tensor.shape[axis];
            index[axis] = 0;
        }
    }
    return copy;
}

/// A torch archive: the entries under its one root folder.
class Archive {
  public:
    explicit Archive(std::shared_ptr<const MappedFile> file) : m_file(std::move(file)), m_entries(readZip(*m_file)) {
        for (const auto& [name, bytes] : m_entries)
            if (name.ends_with(pickleName) && name.find('/') == name.size() - pickleName.size())
                m_root = name.substr(0, name.size() - pickleName.size() + 1);
        if (m_root.empty()) refuse("holds no data.pkl", "It is a zip archive, but not one of torch.save.");
        if (const auto order = m_entries.find(m_root + "byteorder"); order != m_entries.end())
            if (const auto text = asText(order->second); text != "little")
                refuse("was written in byte order " + inQuotes(text) + ", expected little");
    }

    TensorTable tensors() {
        TensorTable table;
        for (const auto& tensor : readPickle(m_entries.at(m_root + "data.pkl"), m_file->where()))
            if (!table.emplace(std::string(tensor.name), entry(tensor)).second)
                refuse("tensor " + inQuotes(tensor.name) + " stands twice");
        return table;
    }

  private:
    [[noreturn]] void refuse(const std::string& problem, const std::string& hint = "The file is damaged.") const {
        throw Error(problem, m_file->where(), hint);
    }
    static std::string_view asText(std::span<const std::byte> bytes) {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    TensorEntry entry(const PickledTensor& tensor) {
        const std::string who = "tensor " + inQuotes(tensor.name);
        const auto storage = m_entries.find(m_root + "data/" + std::string(tensor.storage));
        if (storage == m_entries.end()) refuse(who + " lies in storage " + inQuotes(tensor.storage) + ", which is missing");
        const auto width = blockSize(tensor.dtype).bytes;
        const auto held = static_cast<int64_t>(storage->second.size()) / width;
        if (tensor.storageElements > held)
            refuse(concat(who, " lies in a storage of ", tensor.storageElements, " elements, but the file holds ", held));
        const auto bytes = byteCount(tensor.dtype, tensor.shape);
        const auto end = reach(tensor);
        if (!bytes || !end || *end > tensor.storageElements)
            refuse(concat(who, " of shape ", shapeText(tensor.shape), " reaches beyond its storage of ",
                          tensor.storageElements, " elements"));

        TensorEntry result;
        result.dtype = tensor.dtype;
        result.shape = tensor.shape;
        result.file = m_file->where();
        if (*bytes == 0 || isContiguous(tensor)) {
            result.bytes = storage->second.subspan(static_cast<std::size_t>(*bytes == 0 ? 0 : tensor.offset * width),
                                                   static_cast<std::size_t>(*bytes));
            result.owner = m_file;
            result.mapped = true;
            return result;
        }
        m_copied += static_cast<uint64_t>(*bytes);
        if (static_cast<uint64_t>(*bytes) > m_file->bytes().size() || m_copied > m_file->bytes().size())
            refuse(who + " repeats its storage over and over");
        const auto copy = std::make_shared<const std::vector<std::byte>>(
            contiguousCopy(tensor, storage->second, static_cast<std::size_t>(*bytes)));
        result.bytes = *copy;
        result.owner = copy;
        return result;
    }

    std::shared_ptr<const MappedFile> m_file;
    ZipEntries m_entries;
    std::string m_root;     ///< "archive/"
    uint64_t m_copied = 0;  ///< bytes of tensors that were not contiguous
};

}  // namespace

TensorTable readTorchZip(const std::filesystem::path& file) { return Archive(MappedFile::open(file)).tensors(); }

}  // namespace fusionscope::files
