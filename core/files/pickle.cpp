#include "core/files/pickle.h"

#include <array>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "core/files/byte_reader.h"
#include "core/files/printable.h"

namespace fusionscope::files {

namespace {

constexpr std::size_t mostValues = 400'000;  // a tensor takes about twenty-five
constexpr std::size_t mostAxes = 16;
constexpr const char* hint =
    "Only plain state dictionaries are read, because a pickle can run code; save the model as safetensors.";

/// Opcodes that describe data. All others are refused.
namespace op {
constexpr uint8_t mark = '(', stop = '.', none = 'N', newTrue = 0x88, newFalse = 0x89;
constexpr uint8_t binInt = 'J', binInt1 = 'K', binInt2 = 'M', long1 = 0x8a, binUnicode = 'X';
constexpr uint8_t emptyTuple = ')', tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, tuple = 't';
constexpr uint8_t emptyDict = '}', setItem = 's', setItems = 'u';
constexpr uint8_t binPut = 'q', longBinPut = 'r', binGet = 'h', longBinGet = 'j';
constexpr uint8_t protocol = 0x80, global = 'c', binPersistentId = 'Q', reduce = 'R', build = 'b';
}  // namespace op

/// The refused opcodes that a reader may want to know by name.
const char* refusedName(uint8_t opcode) {
    static constexpr std::array<std::pair<uint8_t, const char*>, 20> names{{
        {'i', "INST"},         {'o', "OBJ"},          {'P', "PERSID"},         {0x81, "NEWOBJ"},
        {0x92, "NEWOBJ_EX"},   {0x93, "STACK_GLOBAL"}, {0x82, "EXT1"},         {0x83, "EXT2"},
        {0x84, "EXT4"},        {'e', "APPENDS"},      {'a', "APPEND"},         {'l', "LIST"},
        {'d', "DICT"},         {'G', "BINFLOAT"},     {'F', "FLOAT"},          {'I', "INT"},
        {'S', "STRING"},       {'V', "UNICODE"},      {0x95, "FRAME"},         {'0', "POP"},
    }};
    for (const auto& [code, text] : names)
        if (code == opcode) return text;
    return "unknown";
}

enum class Function { OrderedDict, RebuildTensor, RebuildParameter };

struct Tuple;
struct Dictionary;
struct Storage;

/// One value on the interpreter's stack. What it points to belongs to the interpreter, so that references in circles
/// or long chains do no harm.
using Value = std::variant<std::monostate, bool, int64_t, std::string_view, Function, DType, const Tuple*, Dictionary*,
                           const Storage*, const PickledTensor*>;

struct Tuple {
    std::vector<Value> items;
};
struct Dictionary {
    std::vector<std::pair<Value, Value>> entries;
};
struct Storage {
    DType dtype;
    std::string_view key;
    int64_t elements;
};

std::optional<DType> storageType(std::string_view global) {
    static constexpr std::array<std::pair<std::string_view, DType>, 10> types{{
        {"torch.DoubleStorage", DType::F64},
        {"torch.FloatStorage", DType::F32},
        {"torch.HalfStorage", DType::F16},
        {"torch.BFloat16Storage", DType::BF16},
        {"torch.LongStorage", DType::I64},
        {"torch.IntStorage", DType::I32},
        {"torch.ShortStorage", DType::I16},
        {"torch.CharStorage", DType::I8},
        {"torch.ByteStorage", DType::U8},
        {"torch.BoolStorage", DType::Bool},
    }};
    for (const auto& [name, type] : types)
        if (name == global) return type;
    return std::nullopt;
}

class Interpreter {
  public:
    Interpreter(std::span<const std::byte> pickle, const std::string& where) : m_reader(pickle, where) {}

    std::vector<PickledTensor> run() {
        for (;;) {
            const auto opcode = m_reader.read<uint8_t>();
            if (opcode == op::stop) return result();
            step(opcode);
        }
    }

  private:
    void step(uint8_t opcode) {
        switch (opcode) {
            case op::protocol:
                if (const int version = m_reader.read<uint8_t>(); version > 5)
                    refuse(concat("pickle protocol ", version, " is unknown"));
                break;
            case op::mark:
                count();
                m_marks.push_back(m_stack.size());
                break;
            case op::none: push(std::monostate()); break;
            case op::newTrue: push(true); break;
            case op::newFalse: push(false); break;
            case op::binInt: push(int64_t{m_reader.read<int32_t>()}); break;
            case op::binInt1: push(int64_t{m_reader.read<uint8_t>()}); break;
            case op::binInt2: push(int64_t{m_reader.read<uint16_t>()}); break;
            case op::long1: push(readLong()); break;
            case op::binUnicode: push(m_reader.takeText(m_reader.read<uint32_t>())); break;
            case op::emptyTuple: pushTuple(0); break;
            case op::tuple1: pushTuple(1); break;
            case op::tuple2: pushTuple(2); break;
            case op::tuple3: pushTuple(3); break;
            case op::tuple: endGroup([this](std::size_t size) { pushTuple(size); }); break;
            case op::emptyDict: push(&m_dictionaries.emplace_back()); break;
            case op::setItem: setItems(2); break;
            case op::setItems: endGroup([this](std::size_t size) { setItems(size); }); break;
            case op::binPut: put(m_reader.read<uint8_t>()); break;
            case op::longBinPut: put(m_reader.read<uint32_t>()); break;
            case op::binGet: get(m_reader.read<uint8_t>()); break;
            case op::longBinGet: get(m_reader.read<uint32_t>()); break;
            case op::global: pushGlobal(); break;
            case op::binPersistentId: pushStorage(pop()); break;
            case op::reduce: reduce(); break;
            case op::build: build(); break;
            default:
                refuse(concat("pickle opcode ", refusedName(opcode), " (", static_cast<int>(opcode), ") is not allowed"));
        }
    }

    [[noreturn]] void refuse(const std::string& problem) const { m_reader.refuse(problem, hint); }
    [[noreturn]] void refuseForm(const char* what) const { refuse(concat("pickle describes ", what, " wrongly")); }

    /// Bounds what the values of a hostile pickle can take.
    void count() {
        if (++m_values > mostValues) refuse(concat("pickle holds more than ", mostValues, " values"));
    }
    void push(Value value) {
        count();
        m_stack.push_back(value);
    }
    Value pop() {
        const std::size_t bottom = m_marks.empty() ? 0 : m_marks.back();
        if (m_stack.size() <= bottom) refuse("pickle takes a value that is not there");
        const Value value = m_stack.back();
        m_stack.pop_back();
        return value;
    }
    Dictionary& topDictionary() {
        auto* const* dictionary = m_stack.empty() ? nullptr : std::get_if<Dictionary*>(&m_stack.back());
        if (!dictionary) refuse("pickle changes something that is no dictionary");
        return **dictionary;
    }
    /// Ends the innermost mark and gives the number of values above it to `use`, which takes them.
    template <class Use>
    void endGroup(Use use) {
        if (m_marks.empty()) refuse("pickle ends a group that was never begun");
        const auto mark = m_marks.back();
        m_marks.pop_back();
        use(m_stack.size() - mark);
    }

    /// Integers of up to eight bytes, two's complement.
    int64_t readLong() {
        const auto bytes = m_reader.take(m_reader.read<uint8_t>());
        if (bytes.size() > 8) refuse("pickle holds a number beyond 64 bits");
        if (bytes.empty()) return 0;
        uint64_t value = 0;
        for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
        const auto unused = 64 - 8 * bytes.size();
        return static_cast<int64_t>(value << unused) >> unused;
    }

    void pushTuple(std::size_t size) {
        auto& tuple = m_tuples.emplace_back();
        tuple.items.resize(size);
        for (std::size_t i = size; i-- > 0;) tuple.items[i] = pop();
        push(&tuple);
    }

    void setItems(std::size_t size) {
        if (size % 2 != 0) refuse("pickle sets a key without a value");
        std::vector<std::pair<Value, Value>> entries(size / 2);
        for (std::size_t i = entries.size(); i-- > 0;) {
            entries[i].second = pop();
            entries[i].first = pop();
        }
        auto& all = topDictionary().entries;
        all.insert(all.end(), entries.begin(), entries.end());
    }

    void put(std::size_t place) {
        if (m_stack.empty()) refuse("pickle remembers a value that is not there");
        // Writers number their places one by one.
        if (place > m_memo.size()) refuse(concat("pickle remembers a value in place ", place, " before ", m_memo.size()));
        if (place == m_memo.size()) {
            count();
            m_memo.push_back(m_stack.back());
        } else {
            m_memo[place] = m_stack.back();
        }
    }
    void get(std::size_t place) {
        if (place >= m_memo.size()) refuse(concat("pickle recalls place ", place, ", which is empty"));
        push(m_memo[place]);
    }

    std::string_view readLine() {
        const auto begin = m_reader.position();
        while (m_reader.read<char>() != '\n')
            if (m_reader.position() - begin > 256) refuse("pickle names a global longer than 256 bytes");
        const auto length = m_reader.position() - begin;
        m_reader.moveTo(begin);
        return m_reader.takeText(length).substr(0, length - 1);
    }

    void pushGlobal() {
        const std::string module(readLine());
        const std::string global = module + '.' + std::string(readLine());
        if (global == "collections.OrderedDict") return push(Function::OrderedDict);
        if (global == "torch._utils._rebuild_tensor_v2") return push(Function::RebuildTensor);
        if (global == "torch._utils._rebuild_parameter") return push(Function::RebuildParameter);
        if (const auto type = storageType(global)) return push(*type);
        refuse("pickle global " + inQuotes(global) + " is not allowed");
    }

    /// The items of a tuple that has at least `least` of them.
    const std::vector<Value>& itemsOf(const Value& value, std::size_t least, const char* what) const {
        const auto* tuple = std::get_if<const Tuple*>(&value);
        if (!tuple || (*tuple)->items.size() < least) refuseForm(what);
        return (*tuple)->items;
    }
    template <class T>
    T as(const Value& value, const char* what) const {
        const auto* result = std::get_if<T>(&value);
        if (!result) refuseForm(what);
        return *result;
    }
    int64_t sizeOf(const Value& value, const char* what) const {
        const auto size = as<int64_t>(value, what);
        if (size < 0) refuseForm(what);
        return size;
    }
    std::vector<int64_t> sizesOf(const Value& value, const char* what) const {
        const auto& items = itemsOf(value, 0, what);
        if (items.size() > mostAxes) refuseForm(what);
        std::vector<int64_t> sizes;
        for (const auto& item : items) sizes.push_back(sizeOf(item, what));
        return sizes;
    }

    /// ("storage", type, key, device, number of elements)
    void pushStorage(const Value& id) {
        const auto& items = itemsOf(id, 5, "a storage");
        if (as<std::string_view>(items[0], "a storage") != "storage") refuseForm("a storage");
        push(&m_storages.emplace_back(Storage{as<DType>(items[1], "a storage's type"),
                                              as<std::string_view>(items[2], "a storage's key"),
                                              sizeOf(items[4], "a storage's size")}));
    }

    void reduce() {
        const Value arguments = pop();
        switch (as<Function>(pop(), "a call")) {
            case Function::OrderedDict:
                if (!itemsOf(arguments, 0, "a dictionary").empty()) refuseForm("a dictionary");
                return push(&m_dictionaries.emplace_back());
            case Function::RebuildTensor: return pushTensor(arguments);
            case Function::RebuildParameter:
                return push(as<const PickledTensor*>(itemsOf(arguments, 1, "a parameter")[0], "a parameter"));
        }
    }

    /// (storage, offset, shape, strides, requires gradient, hooks)
    void pushTensor(const Value& arguments) {
        const auto& items = itemsOf(arguments, 4, "a tensor");
        const auto& storage = *as<const Storage*>(items[0], "a tensor's storage");
        auto& tensor = m_tensors.emplace_back();
        tensor.storage = storage.key;
        tensor.dtype = storage.dtype;
        tensor.storageElements = storage.elements;
        tensor.offset = sizeOf(items[1], "a tensor's offset");
        tensor.shape = sizesOf(items[2], "a tensor's shape");
        tensor.strides = sizesOf(items[3], "a tensor's strides");
        if (tensor.shape.size() != tensor.strides.size()) refuseForm("a tensor's strides");
        push(&tensor);
    }

    /// The state of an OrderedDict is its notes (`_metadata`), which say nothing about the tensors.
    void build() {
        pop();
        topDictionary();
    }

    std::vector<PickledTensor> result() {
        const Value root = pop();
        auto* const* dictionary = std::get_if<Dictionary*>(&root);
        if (!dictionary) refuse("pickle holds no dictionary of tensors");
        std::vector<PickledTensor> tensors;
        for (const auto& [key, value] : (*dictionary)->entries) {
            const auto name = as<std::string_view>(key, "a tensor's name");
            const auto* tensor = std::get_if<const PickledTensor*>(&value);
            if (!tensor) refuse("pickle entry " + inQuotes(name) + " is no tensor");
            tensors.push_back(**tensor);
            tensors.back().name = name;
        }
        return tensors;
    }

    ByteReader m_reader;
    std::deque<Tuple> m_tuples;
    std::deque<Dictionary> m_dictionaries;
    std::deque<Storage> m_storages;
    std::deque<PickledTensor> m_tensors;
    std::vector<Value> m_stack, m_memo;
    std::vector<std::size_t> m_marks;
    std::size_t m_values = 0;
};

}  // namespace

std::vector<PickledTensor> readPickle(std::span<const std::byte> pickle, const std::string& where) {
    return Interpreter(pickle, where).run();
}

}  // namespace fusionscope::files
