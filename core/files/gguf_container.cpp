#include "core/files/gguf_container.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "core/files/byte_reader.h"
#include "core/files/mapped_file.h"
#include "core/files/printable.h"

namespace fusionscope::files {

using nlohmann::json;

namespace {

constexpr uint64_t mostValues = 65'536, mostTensors = 100'000, longestKey = 65'535, longestText = 1 << 24;
constexpr uint64_t longestTensorName = 63;
constexpr uint64_t mostTexts = 1 << 20;  // of one list; the largest vocabularies have a quarter of it
constexpr const char* damaged = "The file is damaged or not a GGUF model.";

enum ValueType : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, Text, List, U64, I64, F64 };

/// Bytes of a value of fixed size, 0 for the others.
uint64_t valueSize(uint32_t type) {
    static constexpr std::array<uint64_t, 13> sizes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < sizes.size() ? sizes[type] : 0;
}

struct TensorType {
    uint32_t id;
    const char* name;
    std::optional<DType> type;
};
constexpr std::array<TensorType, 34> tensorTypes{{
    {0, "F32", DType::F32},    {1, "F16", DType::F16},    {2, "Q4_0", DType::Q4_0},  {3, "Q4_1", DType::Q4_1},
    {6, "Q5_0", DType::Q5_0},  {7, "Q5_1", DType::Q5_1},  {8, "Q8_0", DType::Q8_0},  {9, "Q8_1", {}},
    {10, "Q2_K", {}},          {11, "Q3_K", {}},          {12, "Q4_K", DType::Q4_K}, {13, "Q5_K", DType::Q5_K},
    {14, "Q6_K", DType::Q6_K}, {15, "Q8_K", {}},          {16, "IQ2_XXS", {}},       {17, "IQ2_XS", {}},
    {18, "IQ3_XXS", {}},       {19, "IQ1_S", {}},         {20, "IQ4_NL", {}},        {21, "IQ3_S", {}},
    {22, "IQ2_S", {}},         {23, "IQ4_XS", {}},        {24, "I8", {}},            {25, "I16", {}},
    {26, "I32", {}},           {27, "I64", {}},           {28, "F64", {}},           {29, "IQ1_M", {}},
    {30, "BF16", DType::BF16}, {34, "TQ1_0", {}},         {35, "TQ2_0", {}},         {39, "MXFP4", {}},
    {40, "NVFP4", {}},         {41, "Q1_0", {}},
}};

/// The double that a person would have written for the float: 1e-5, not 9.99999974737875e-06.
double shortestDouble(float value) {
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    double result = static_cast<double>(value);
    std::from_chars(text.data(), written.ptr, result);
    return result;
}

uint64_t roundUp(uint64_t value, uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

/// What the file says about one tensor before the data.
struct Declared {
    std::string name;
    TensorEntry entry;
    uint64_t size, offset;
};

class Reader {
  public:
    explicit Reader(std::shared_ptr<const MappedFile> file)
        : m_file(std::move(file)), m_reader(m_file->bytes(), m_file->where()) {
        m_result.where = m_file->where();
        m_result.values = json::object();
    }

    GgufContainer run() {
        const auto [tensors, values] = readHeader();
        for (uint64_t i = 0; i < values; ++i) readValue();
        std::vector<Declared> declared;
        for (uint64_t i = 0; i < tensors; ++i) declared.push_back(readTensor());
        placeTensors(declared);
        return std::move(m_result);
    }

  private:
    [[noreturn]] void refuse(const std::string& problem, const char* hint = damaged) const {
        m_reader.refuse(problem, hint);
    }

    std::pair<uint64_t, uint64_t> readHeader() {
        if (m_reader.remaining() < 4 || m_reader.takeText(4) != "GGUF") refuse("does not begin with GGUF");
        const auto version = m_reader.read<uint32_t>();
        if ((version & 0xFFFF) == 0) refuse("is big-endian", "Use the little-endian file of this model.");
        if (version != 2 && version != 3) refuse(concat("is GGUF version ", version, ", expected 2 or 3"));
        const auto tensors = m_reader.read<uint64_t>();
        const auto values = m_reader.read<uint64_t>();
        if (tensors > mostTensors) refuse(concat("states ", tensors, " tensors, more than ", mostTensors));
        if (values > mostValues) refuse(concat("states ", values, " values, more than ", mostValues));
        return {tensors, values};
    }

    std::string_view readText(uint64_t longest, const char* what) {
        const auto length = m_reader.read<uint64_t>();
        if (length > longest) refuse(concat(what, " of ", length, " bytes, more than ", longest));
        return m_reader.takeText(length);
    }

    void readValue() {
        const std::string key(readText(longestKey, "states a key"));
        if (key.empty() || !isUtf8(key)) refuse("key " + inQuotes(key) + " is no name");
        if (m_result.values.contains(key) || m_result.lists.contains(key)) refuse("key " + inQuotes(key) + " stands twice");
        const auto type = m_reader.read<uint32_t>();
        if (type == List)
            m_result.lists.emplace(key, readList(key));
        else
            m_result.values[key] = readScalar(key, type);
    }

    json readScalar(const std::string& key, uint32_t type) {
        switch (type) {
            case U8: return m_reader.read<uint8_t>();
            case I8: return m_reader.read<int8_t>();
            case U16: return m_reader.read<uint16_t>();
            case I16: return m_reader.read<int16_t>();
            case U32: return m_reader.read<uint32_t>();
            case I32: return m_reader.read<int32_t>();
            case F32: return shortestDouble(m_reader.read<float>());
            case U64: return m_reader.read<uint64_t>();
            case I64: return m_reader.read<int64_t>();
            case F64: return m_reader.read<double>();
            case Bool: {
                const auto value = m_reader.read<uint8_t>();
                if (value > 1) refuse(concat("key ", inQuotes(key), " is a truth value of ", static_cast<int>(value)));
                return value == 1;
            }
            case Text: {
                const auto text = readText(longestText, "states a text");
                if (!isUtf8(text)) refuse("key " + inQuotes(key) + " is a text that is no UTF-8");
                return text;
            }
            default: refuse(concat("key ", inQuotes(key), " has the unknown type ", type));
        }
    }

    GgufList readList(const std::string& key) {
        GgufList list;
        list.elementType = m_reader.read<uint32_t>();
        list.count = m_reader.read<uint64_t>();
        if (const auto size = valueSize(list.elementType); size > 0) {
            if (list.count > m_reader.remaining() / size)
                refuse(concat("key ", inQuotes(key), " is a list of ", list.count, " values, more than fit into the file"));
            list.bytes = m_reader.take(list.count * size);
            return list;
        }
        if (list.elementType != Text)
            refuse(concat("key ", inQuotes(key), " is a list of the unknown type ", list.elementType));
        if (list.count > mostTexts)
            refuse(concat("key ", inQuotes(key), " is a list of ", list.count, " texts, more than ", mostTexts));
        const auto begin = m_reader.position();
        for (uint64_t i = 0; i < list.count; ++i) readText(longestText, "states a text");
        list.bytes = m_file->bytes().subspan(begin, m_reader.position() - begin);
        return list;
    }

    Declared readTensor() {
        Declared tensor;
        tensor.name = readText(longestTensorName, "states a tensor name");
        const std::string who = "tensor " + inQuotes(tensor.name);
        if (!isUtf8(tensor.name)) refuse(who + " has a name that is no UTF-8");
        if (!m_names.insert(tensor.name).second) refuse(who + " stands twice");
        const auto axes = m_reader.read<uint32_t>();
        if (axes < 1 || axes > 4) refuse(concat(who, " has ", axes, " axes, expected 1 to 4"));
        auto& shape = tensor.entry.shape;
        shape.resize(axes);
        for (auto axis = shape.rbegin(); axis != shape.rend(); ++axis) *axis = readSize(who);
        tensor.entry.dtype = readType(who);
        const auto size = byteCount(tensor.entry.dtype, shape);
        if (!size)
            refuse(concat(who, " of type ", name(tensor.entry.dtype), " cannot have shape ", shapeText(shape)));
        tensor.size = static_cast<uint64_t>(*size);
        tensor.offset = m_reader.read<uint64_t>();
        return tensor;
    }

    int64_t readSize(const std::string& who) {
        const auto size = m_reader.read<uint64_t>();
        if (size == 0 || size > uint64_t{1} << 62) refuse(concat(who, " has an axis of ", size));
        return static_cast<int64_t>(size);
    }

    DType readType(const std::string& who) {
        const auto id = m_reader.read<uint32_t>();
        for (const auto& known : tensorTypes) {
            if (known.id != id) continue;
            if (known.type) return *known.type;
            refuse(concat(who, " has type ", known.name, ", which is not supported"),
                   "Supported are F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K.");
        }
        refuse(concat(who, " has the unknown type ", id));
    }

    uint64_t alignment() const {
        const auto found = m_result.values.find("general.alignment");
        if (found == m_result.values.end()) return 32;
        const auto value = found->is_number_unsigned() ? found->get<uint64_t>() : 0;
        if (!std::has_single_bit(value) || value > 1 << 20)
            refuse("key \"general.alignment\" is " + found->dump() + ", expected a power of two");
        return value;
    }

    /// Tensors lie one after another, each rounded up to the alignment.
    void placeTensors(std::vector<Declared>& tensors) {
        const auto align = alignment();
        const auto begin = std::min<uint64_t>(roundUp(m_reader.position(), align), m_file->bytes().size());
        const auto data = m_file->bytes().subspan(begin);
        uint64_t expected = 0;
        for (auto& tensor : tensors) {
            const std::string who = "tensor " + inQuotes(tensor.name);
            if (tensor.offset != expected)
                refuse(concat(who, " begins at byte ", tensor.offset, " of the data, expected ", expected));
            if (tensor.offset > data.size() || tensor.size > data.size() - tensor.offset)
                refuse(concat(who, " of ", tensor.size, " bytes reaches beyond the end of the file"),
                       "The file is truncated; fetch it again.");
            tensor.entry.bytes = data.subspan(tensor.offset, tensor.size);
            tensor.entry.owner = m_file;
            tensor.entry.mapped = true;
            tensor.entry.file = m_file->where();
            m_result.tensors.emplace(tensor.name, std::move(tensor.entry));
            expected = roundUp(tensor.offset + tensor.size, align);
        }
    }

    std::shared_ptr<const MappedFile> m_file;
    ByteReader m_reader;
    GgufContainer m_result;
    std::set<std::string, std::less<>> m_names;
};

/// The list's elements as they lie in the file, or nothing. @throws Error when they have another type
template <class T>
std::vector<T> fixedList(const GgufContainer& file, const std::string& key, std::initializer_list<uint32_t> types) {
    const auto found = file.lists.find(key);
    if (found == file.lists.end()) return {};
    const auto& list = found->second;
    if (std::find(types.begin(), types.end(), list.elementType) == types.end())
        throw Error(concat("key ", inQuotes(key), " is a list of type ", list.elementType), file.where, damaged);
    std::vector<T> values(list.count);
    if (!values.empty()) std::memcpy(values.data(), list.bytes.data(), list.bytes.size());
    return values;
}

}  // namespace

std::vector<std::string> GgufContainer::texts(const std::string& key) const {
    const auto found = lists.find(key);
    if (found == lists.end()) return {};
    const auto& list = found->second;
    if (list.elementType != Text) throw Error("key " + inQuotes(key) + " is no list of texts", where, damaged);
    std::vector<std::string> result;
    result.reserve(list.count);
    ByteReader reader(list.bytes, where);
    for (uint64_t i = 0; i < list.count; ++i) result.emplace_back(reader.takeText(reader.read<uint64_t>()));
    return result;
}

std::vector<int32_t> GgufContainer::integers(const std::string& key) const {
    return fixedList<int32_t>(*this, key, {I32, U32});
}

std::vector<float> GgufContainer::numbers(const std::string& key) const { return fixedList<float>(*this, key, {F32}); }

GgufContainer readGgufContainer(const std::filesystem::path& file) { return Reader(MappedFile::open(file)).run(); }

}  // namespace fusionscope::files
