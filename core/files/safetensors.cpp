#include "core/files/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/mapped_file.h"
#include "core/files/output_file.h"
#include "core/files/printable.h"

namespace fusionscope::files {

using nlohmann::json;

namespace {

// The format allows headers of 100 MB. No checkpoint of a family that is read here comes near a hundredth of it, and a
// file that turns out to be wrong at the end of its header is to be refused within a second all the same.
constexpr uint64_t longestHeader = 16 << 20;
constexpr std::size_t longestText = 1 << 20;  // of one string of the header, e.g. a preview picture in the metadata
constexpr std::size_t mostTensors = 100'000, mostNotes = 10'000;
constexpr std::size_t longestName = 1024;
constexpr std::size_t mostAxes = 16;

constexpr std::array plainTypes{DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64,
                                DType::I32, DType::I16, DType::I8,  DType::U8,   DType::Bool};

std::optional<DType> plainType(std::string_view text) {
    for (const auto type : plainTypes)
        if (text == name(type)) return type;
    return std::nullopt;
}

/// One tensor as the header states it.
struct Declared {
    std::string name;
    std::string dtype;
    std::vector<int64_t> shape;
    std::vector<int64_t> offsets;  ///< begin and end, from the start of the data
};

/// Reads the header straight into declarations; anything that is not of the format's form stops the reading.
class HeaderReader : public nlohmann::json_sax<json> {
  public:
    explicit HeaderReader(const std::string& where) : m_where(where) {}

    std::vector<Declared> tensors;
    Metadata metadata;

    bool null() override { refuseValue("null"); }
    bool boolean(bool) override { refuseValue("a truth value"); }
    bool number_integer(number_integer_t) override { refuseValue("a negative number"); }
    bool number_float(number_float_t, const string_t& text) override { refuseValue(text); }
    bool binary(binary_t&) override { return false; }

    bool number_unsigned(number_unsigned_t number) override {
        if (m_level != Level::List) refuseValue(std::to_string(number));
        if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) refuseValue(std::to_string(number));
        auto& list = m_field == "shape" ? tensors.back().shape : tensors.back().offsets;
        if (list.size() >= (m_field == "shape" ? mostAxes : 2)) refuse(place() + " has too many numbers");
        list.push_back(static_cast<int64_t>(number));
        return true;
    }
    bool string(string_t& text) override {
        if (m_level == Level::Metadata) {
            if (metadata.size() >= mostNotes) refuse("metadata has more than " + std::to_string(mostNotes) + " entries");
            metadata.emplace(m_field, std::move(text));
        } else if (m_level == Level::Tensor && m_field == "dtype") {
            tensors.back().dtype = std::move(text);
        } else {
            refuseValue(inQuotes(text));
        }
        return true;
    }
    bool start_object(std::size_t) override {
        switch (m_level) {
            case Level::Outside: m_level = Level::Root; return true;
            case Level::Root:
                m_level = m_field == "__metadata__" ? Level::Metadata : Level::Tensor;
                m_seen.clear();
                return true;
            default: refuseValue("an object");
        }
    }
    bool end_object() override {
        if (m_level == Level::Tensor)
            for (const char* field : {"dtype", "shape", "data_offsets"})
                if (!m_seen.contains(field)) refuse(tensor() + " has no " + field);
        m_level = m_level == Level::Root ? Level::Outside : Level::Root;
        return true;
    }
    bool start_array(std::size_t) override {
        if (m_level != Level::Tensor || m_field == "dtype") refuseValue("a list");
        m_level = Level::List;
        return true;
    }
    bool end_array() override {
        if (m_field == "data_offsets" && tensors.back().offsets.size() != 2) refuse(place() + " is not two numbers");
        m_level = Level::Tensor;
        return true;
    }
    bool key(string_t& key) override {
        m_field = std::move(key);
        if (m_level == Level::Root) {
            startTensor();
        } else {
            const bool known = m_field == "dtype" || m_field == "shape" || m_field == "data_offsets";
            if (m_level == Level::Tensor && !known) refuse(tensor() + " has an unknown field " + inQuotes(m_field));
            if (!m_seen.insert(m_field).second) refuse("field " + inQuotes(m_field) + " stands twice in one object");
        }
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
        refuse("is not valid JSON: " + jsonProblem(error));
    }

  private:
    enum class Level { Outside, Root, Metadata, Tensor, List };

    void startTensor() {
        if (m_field.size() > longestName) refuse("has a tensor name longer than " + std::to_string(longestName) + " bytes");
        if (!m_names.insert(m_field).second) refuse(inQuotes(m_field) + " stands twice");
        if (m_field == "__metadata__") return;
        if (tensors.size() >= mostTensors) refuse("lists more than " + std::to_string(mostTensors) + " tensors");
        tensors.push_back({m_field, {}, {}, {}});
    }
    std::string tensor() const { return "tensor " + inQuotes(tensors.back().name); }
    std::string place() const { return m_field + " of " + tensor(); }
    [[noreturn]] void refuse(const std::string& problem) const {
        throw Error("header: " + problem, m_where, "The file is damaged or not a safetensors file.");
    }
    [[noreturn]] void refuseValue(const std::string& found) const {
        const bool inTensor = m_level == Level::Tensor || m_level == Level::List;
        refuse((inTensor ? place() : m_level == Level::Outside ? "the whole" : inQuotes(m_field)) + " cannot be " + found);
    }

    const std::string& m_where;
    Level m_level = Level::Outside;
    std::string m_field;  ///< the last key: a tensor's name in the root, a field inside
    std::set<std::string, std::less<>> m_names, m_seen;
};

/// Splits the file into header and data, checking the promised length.
std::pair<std::string_view, std::span<const std::byte>> split(const MappedFile& file) {
    const auto bytes = file.bytes();
    const auto refuse = [&](const std::string& problem) {
        throw Error(problem, file.where(), "The file is truncated or not a safetensors file; fetch it again.");
    };
    if (bytes.size() < 8) refuse(concat("has ", bytes.size(), " bytes, too few for a safetensors file"));
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    if (length > longestHeader) refuse(concat("states a header of ", length, " bytes, more than ", longestHeader));
    if (length > bytes.size() - 8)
        refuse(concat("states a header of ", length, " bytes, but only ", bytes.size() - 8, " follow"));
    auto header = file.text().substr(8, length);
    if (!header.starts_with('{')) refuse("header does not begin with {");
    header = header.substr(0, header.find_last_not_of(' ') + 1);
    for (auto rest = header; !rest.empty();) {
        const auto run = std::min(rest.find('"'), rest.size() - 1);
        if (run > longestText) refuse(concat("header holds a text longer than ", longestText, " bytes"));
        rest.remove_prefix(run + 1);
    }
    return {header, bytes.subspan(8 + length)};
}

TensorEntry entryOf(Declared& declared, std::span<const std::byte> data, const std::shared_ptr<const MappedFile>& file) {
    const auto refuse = [&](const std::string& problem) {
        throw Error("tensor " + inQuotes(declared.name) + ' ' + problem, file->where(), "The file is damaged.");
    };
    const auto type = plainType(declared.dtype);
    if (!type)
        throw Error("tensor " + inQuotes(declared.name) + " has type " + inQuotes(declared.dtype) + ", which is not supported",
                    file->where(), "Supported are F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL.");
    const auto [begin, end] = std::pair(declared.offsets[0], declared.offsets[1]);
    if (begin > end) refuse(concat("begins at byte ", begin, " and ends before it, at ", end));
    if (static_cast<uint64_t>(end) > data.size())
        refuse(concat("ends at byte ", end, " of ", data.size(), " bytes of data"));
    const auto size = byteCount(*type, declared.shape);
    if (!size || *size != end - begin)
        refuse(concat("of type ", declared.dtype, " and shape ", shapeText(declared.shape), " cannot take ", end - begin,
                      " bytes"));
    TensorEntry entry;
    entry.dtype = *type;
    entry.shape = std::move(declared.shape);
    entry.bytes = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    entry.owner = file;
    entry.mapped = true;
    entry.file = file->where();
    return entry;
}

/// Every byte of the data belongs to exactly one tensor.
void checkCoverage(const std::vector<Declared>& tensors, std::size_t size, const std::string& where) {
    std::vector<const Declared*> ordered;
    for (const auto& tensor : tensors) ordered.push_back(&tensor);
    std::sort(ordered.begin(), ordered.end(), [](auto* a, auto* b) { return a->offsets < b->offsets; });
    int64_t end = 0;
    for (const auto* tensor : ordered) {
        const int64_t begin = tensor->offsets[0];
        if (begin != end)
            throw Error(concat("tensor ", inQuotes(tensor->name), " begins at byte ", begin,
                               begin < end ? ", inside another tensor, which ends at " : ", leaving a gap after ", end),
                        where, "The file is damaged.");
        end = tensor->offsets[1];
    }
    if (static_cast<uint64_t>(end) != size)
        throw Error(concat("has ", size, " bytes of data, but its tensors take ", end), where, "The file is damaged.");
}

}  // namespace

SafetensorsFile readSafetensors(const std::filesystem::path& path) {
    const auto file = MappedFile::open(path);
    const auto [header, data] = split(*file);
    const std::string where = file->where();
    HeaderReader reader(where);
    json::sax_parse(header.data(), header.data() + header.size(), &reader);

    SafetensorsFile result;
    result.metadata = std::move(reader.metadata);
    for (auto& declared : reader.tensors) {
        auto entry = entryOf(declared, data, file);
        result.tensors.emplace(declared.name, std::move(entry));
    }
    checkCoverage(reader.tensors, data.size(), where);
    return result;
}

struct SafetensorsWriter::Part {
    struct Slot {
        uint64_t offset;
        std::size_t size;
        bool written = false;
    };
    explicit Part(std::filesystem::path path) : file(std::move(path)) {}

    OutputFile file;
    std::map<std::string, Slot, std::less<>> slots;
};

SafetensorsWriter::SafetensorsWriter(std::filesystem::path path, const std::vector<TensorHeader>& tensors,
                                     const Metadata& metadata)
    : m_part(std::make_unique<Part>(std::move(path))) {
    const std::string where = m_part->file.path().string();
    // Large elements first, as the format's own writer does: every tensor then starts at a multiple of its element.
    auto ordered = tensors;
    std::sort(ordered.begin(), ordered.end(), [](const TensorHeader& a, const TensorHeader& b) {
        return std::pair(-blockSize(a.dtype).bytes, std::string_view(a.name)) <
               std::pair(-blockSize(b.dtype).bytes, std::string_view(b.name));
    });
    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    uint64_t end = 0;
    for (const auto& tensor : ordered) {
        const auto size = byteCount(tensor.dtype, tensor.shape);
        if (!size || blockSize(tensor.dtype).values != 1 || !isUtf8(tensor.name) || tensor.name == "__metadata__" ||
            tensor.name.size() > longestName || tensor.shape.size() > mostAxes)
            throw Error(concat("tensor ", inQuotes(tensor.name), " of type ", name(tensor.dtype), " and shape ",
                               shapeText(tensor.shape), " cannot be written"),
                        where);
        if (!m_part->slots.emplace(tensor.name, Part::Slot{end, static_cast<std::size_t>(*size)}).second)
            throw Error("tensor " + inQuotes(tensor.name) + " is to be written twice", where);
        header[tensor.name] = {{"dtype", name(tensor.dtype)},
                               {"shape", tensor.shape},
                               {"data_offsets", {end, end + static_cast<uint64_t>(*size)}}};
        end += static_cast<uint64_t>(*size);
    }
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    const uint64_t length = text.size();
    m_part->file.append(std::as_bytes(std::span(&length, 1)));
    m_part->file.append(std::as_bytes(std::span(text)));
    for (auto& [name, slot] : m_part->slots) slot.offset += m_part->file.size();
}

SafetensorsWriter::~SafetensorsWriter() = default;

void SafetensorsWriter::write(std::string_view name, std::span<const std::byte> bytes) {
    const auto slot = m_part->slots.find(name);
    if (slot == m_part->slots.end() || slot->second.size != bytes.size())
        throw Error(concat("tensor ", inQuotes(name), " with ", bytes.size(), " bytes was not announced"),
                    m_part->file.path().string());
    m_part->file.writeAt(slot->second.offset, bytes);
    slot->second.written = true;
}

void SafetensorsWriter::finish() {
    for (const auto& [name, slot] : m_part->slots)
        if (!slot.written && slot.size > 0)
            throw Error("tensor " + inQuotes(name) + " was announced and never written", m_part->file.path().string());
    m_part->file.commit();
}

void writeSafetensors(const std::filesystem::path& file, const std::vector<TensorBytes>& tensors,
                      const Metadata& metadata) {
    std::vector<TensorHeader> headers;
    for (const auto& tensor : tensors) headers.push_back(tensor.header);
    SafetensorsWriter writer(file, headers, metadata);
    for (const auto& tensor : tensors) writer.write(tensor.header.name, tensor.bytes);
    writer.finish();
}

}  // namespace fusionscope::files
