#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fusionscope::files {

/// What a JSON text may cost before it is refused. The defaults fit configuration files; tokenizers need more. A text
/// that is refused at its very end has still been read within a second.
struct JsonLimits {
    std::size_t bytes = std::size_t{8} << 20;
    std::size_t values = 400'000;  ///< objects, arrays, strings, numbers and literals together
    int depth = 32;
};

/// Limits for tokenizer.json, vocab.json and other files that hold a vocabulary.
inline constexpr JsonLimits vocabularyLimits{std::size_t{32} << 20, 3'000'000, 64};

/// Parses strictly: valid UTF-8, no duplicate keys, no NaN or infinity, nothing after the value.
/// @param where the file's name for messages. @throws Error naming the place in the text and what is wrong
nlohmann::json parseJson(std::string_view text, const std::string& where, const JsonLimits& limits = {});
nlohmann::json readJson(const std::filesystem::path& file, const JsonLimits& limits = {});

/// What the JSON library says about a text, without its prefix and fit for a message.
std::string jsonProblem(const std::exception& error);

/// Inclusive bounds of a number.
template <class T>
struct Range {
    T least = std::numeric_limits<T>::lowest();
    T most = std::numeric_limits<T>::max();
};

/// A JSON object whose fields are read with their type and range checked.
///
/// A key that is absent and one that is null are the same thing. Each reader comes as `x(key)`, which throws when the
/// key is absent, and `xOr(key, fallback)`. All throw Error naming file, field (with the objects around it), what was
/// found and what was expected.
class Fields {
  public:
    /// @param json must outlive this object. @param where the file's name
    Fields(const nlohmann::json& json, std::string where);

    bool has(std::string_view key) const { return find(key) != nullptr; }
    const nlohmann::json* find(std::string_view key) const;

    /// A number without a fraction ("4096"; "4096.0" is accepted too, as some writers make it).
    int64_t integer(std::string_view key, Range<int64_t> range = {}) const;
    int64_t integerOr(std::string_view key, int64_t fallback, Range<int64_t> range = {}) const;
    /// A finite number.
    double number(std::string_view key, Range<double> range = {}) const;
    double numberOr(std::string_view key, double fallback, Range<double> range = {}) const;
    bool flag(std::string_view key) const;
    bool flagOr(std::string_view key, bool fallback) const;
    std::string text(std::string_view key) const;
    std::string textOr(std::string_view key, std::string fallback) const;

    /// A list of numbers, or one number for a list of one (`eos_token_id` is written both ways). Empty when absent.
    std::vector<int64_t> integers(std::string_view key, Range<int64_t> range = {}) const;
    std::vector<double> numbers(std::string_view key, Range<double> range = {}) const;
    std::vector<std::string> texts(std::string_view key) const;

    /// The object under the key, for reading in its turn.
    Fields object(std::string_view key) const;
    std::optional<Fields> objectIf(std::string_view key) const;

    const nlohmann::json& json() const { return *m_json; }
    const std::string& where() const { return m_where; }
    /// The error to throw when a field's value is wrong in a way that only the caller knows.
    [[noreturn]] void refuse(std::string_view key, const std::string& problem) const;

  private:
    Fields(const nlohmann::json& json, std::string where, std::string path);
    const nlohmann::json& required(std::string_view key) const;

    const nlohmann::json* m_json;
    std::string m_where;
    std::string m_path;  ///< of this object inside the file, "text_config."
};

}  // namespace fusionscope::files
