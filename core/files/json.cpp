#include "core/files/json.h"

#include <cmath>
#include <type_traits>

#include "core/files/error.h"
#include "core/files/mapped_file.h"
#include "core/files/printable.h"

namespace fusionscope::files {

using nlohmann::json;

namespace {

/// Builds the value while the text is read, so that a limit stops the reading and not only the result.
class Builder : public nlohmann::json_sax<json> {
  public:
    Builder(const std::string& where, const JsonLimits& limits) : m_where(where), m_limits(limits) {}

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_array() override { return close(); }
    bool key(string_t& key) override {
        if (m_open.back()->contains(key))
            throw Error("key " + inQuotes(key) + " stands twice in one object", m_where, "Remove one of them.");
        m_key = std::move(key);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
        throw Error("is not valid JSON: " + jsonProblem(error), m_where);
    }

    json take() { return std::move(m_root); }

  private:
    bool add(json value) {
        place(std::move(value));
        return true;
    }
    bool open(json value) {
        if (static_cast<int>(m_open.size()) >= m_limits.depth)
            throw Error(concat("JSON is nested deeper than ", m_limits.depth, " levels"), m_where);
        m_open.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        m_open.pop_back();
        return true;
    }
    json* place(json value) {
        if (++m_values > m_limits.values)
            throw Error(concat("JSON holds more than ", m_limits.values, " values"), m_where);
        if (m_open.empty()) {
            m_root = std::move(value);
            return &m_root;
        }
        json& parent = *m_open.back();
        if (parent.is_object()) return &(parent[m_key] = std::move(value));
        parent.push_back(std::move(value));
        return &parent.back();
    }

    const std::string& m_where;
    const JsonLimits& m_limits;
    json m_root;
    std::vector<json*> m_open;  ///< from the root to the innermost; an array grows only while it is the innermost
    std::string m_key;
    std::size_t m_values = 0;
};

template <class T>
std::string rangeText(const Range<T>& range) {
    const bool least = range.least != std::numeric_limits<T>::lowest();
    const bool most = range.most != std::numeric_limits<T>::max();
    if (least && most) return concat(" from ", range.least, " to ", range.most);
    if (least) return concat(" of at least ", range.least);
    if (most) return concat(" of at most ", range.most);
    return {};
}

std::string found(const json& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return concat("a list of ", value.size());
    return printable(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::optional<int64_t> asInteger(const json& value) {
    if (value.is_number_unsigned()) {
        const auto number = value.get<uint64_t>();
        if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
        return static_cast<int64_t>(number);
    }
    if (value.is_number_integer()) return value.get<int64_t>();
    // Beyond 2^53 a double no longer states one integer.
    if (value.is_number_float() && std::abs(value.get<double>()) <= 0x1p53 &&
        value.get<double>() == std::trunc(value.get<double>()))
        return static_cast<int64_t>(value.get<double>());
    return std::nullopt;
}

/// The value of one field, which `field` names in messages.
struct Value {
    const json& value;
    const std::string& where;
    std::string field;

    [[noreturn]] void refuse(const std::string& expected) const {
        throw Error("field " + field + " is " + found(value) + ", expected " + expected, where);
    }
    int64_t integer(Range<int64_t> range) const {
        const auto result = asInteger(value);
        if (!result || *result < range.least || *result > range.most) refuse("a whole number" + rangeText(range));
        return *result;
    }
    double number(Range<double> range) const {
        const double result = value.is_number() ? value.get<double>() : std::nan("");
        if (!std::isfinite(result) || result < range.least || result > range.most)
            refuse("a number" + rangeText(range));
        return result;
    }
    bool flag() const {
        if (!value.is_boolean()) refuse("true or false");
        return value.get<bool>();
    }
    std::string text() const {
        if (!value.is_string()) refuse("a text");
        return value.get<std::string>();
    }
};

/// Every element of a list, or the value itself for a list of one; nothing when there is no value.
template <class Read>
auto readList(const json* list, const std::string& where, const std::string& field, Read read) {
    std::vector<std::invoke_result_t<Read, Value>> values;
    if (!list) return values;
    if (!list->is_array()) return values.push_back(read(Value{*list, where, field})), values;
    for (std::size_t i = 0; i < list->size(); ++i)
        values.push_back(read(Value{(*list)[i], where, concat(field, '[', i, ']')}));
    return values;
}

}  // namespace

std::string jsonProblem(const std::exception& error) {
    std::string_view text = error.what();
    if (const auto end = text.find("] "); end != text.npos) text.remove_prefix(end + 2);
    return printable(text, 240);
}

json parseJson(std::string_view text, const std::string& where, const JsonLimits& limits) {
    if (text.size() > limits.bytes)
        throw Error(concat("has ", text.size(), " bytes, more than the ", limits.bytes, " that such a file may have"),
                    where);
    if (text.empty()) throw Error("is empty, expected JSON", where, "Fetch the file again.");
    Builder builder(where, limits);
    json::sax_parse(text.data(), text.data() + text.size(), &builder);
    return builder.take();
}

json readJson(const std::filesystem::path& file, const JsonLimits& limits) {
    const auto mapped = MappedFile::open(file);
    return parseJson(mapped->text(), mapped->where(), limits);
}

Fields::Fields(const nlohmann::json& json, std::string where) : Fields(json, std::move(where), {}) {}

Fields::Fields(const nlohmann::json& json, std::string where, std::string path)
    : m_json(&json), m_where(std::move(where)), m_path(std::move(path)) {
    if (!json.is_object()) {
        const std::string field = m_path.empty() ? "the file" : "field " + m_path.substr(0, m_path.size() - 1);
        throw Error(field + " is " + found(json) + ", expected an object", m_where);
    }
}

const nlohmann::json* Fields::find(std::string_view key) const {
    const auto entry = m_json->find(key);
    return entry == m_json->end() || entry->is_null() ? nullptr : &*entry;
}

void Fields::refuse(std::string_view key, const std::string& problem) const {
    throw Error(concat("field ", m_path, key, ' ', problem), m_where);
}

const nlohmann::json& Fields::required(std::string_view key) const {
    const nlohmann::json* value = find(key);
    if (!value) refuse(key, "is missing");
    return *value;
}

int64_t Fields::integer(std::string_view key, Range<int64_t> range) const {
    return Value{required(key), m_where, m_path + std::string(key)}.integer(range);
}

int64_t Fields::integerOr(std::string_view key, int64_t fallback, Range<int64_t> range) const {
    return has(key) ? integer(key, range) : fallback;
}

double Fields::number(std::string_view key, Range<double> range) const {
    return Value{required(key), m_where, m_path + std::string(key)}.number(range);
}

double Fields::numberOr(std::string_view key, double fallback, Range<double> range) const {
    return has(key) ? number(key, range) : fallback;
}

bool Fields::flag(std::string_view key) const {
    return Value{required(key), m_where, m_path + std::string(key)}.flag();
}

bool Fields::flagOr(std::string_view key, bool fallback) const { return has(key) ? flag(key) : fallback; }

std::string Fields::text(std::string_view key) const {
    return Value{required(key), m_where, m_path + std::string(key)}.text();
}

std::string Fields::textOr(std::string_view key, std::string fallback) const {
    return has(key) ? text(key) : std::move(fallback);
}

std::vector<int64_t> Fields::integers(std::string_view key, Range<int64_t> range) const {
    return readList(find(key), m_where, m_path + std::string(key),
                    [&](const Value& value) { return value.integer(range); });
}

std::vector<double> Fields::numbers(std::string_view key, Range<double> range) const {
    return readList(find(key), m_where, m_path + std::string(key),
                    [&](const Value& value) { return value.number(range); });
}

std::vector<std::string> Fields::texts(std::string_view key) const {
    return readList(find(key), m_where, m_path + std::string(key), [](const Value& value) { return value.text(); });
}

Fields Fields::object(std::string_view key) const {
    return Fields(required(key), m_where, m_path + std::string(key) + '.');
}

std::optional<Fields> Fields::objectIf(std::string_view key) const {
    if (!has(key)) return std::nullopt;
    return object(key);
}

}  // namespace fusionscope::files
