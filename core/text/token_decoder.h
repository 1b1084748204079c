#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/text/regex.h"
#include "core/text/tokenizer.h"

namespace fusionscope::text {

/// Turns the tokens of a vocabulary back into text: the `decoder` of a tokenizer.json.
class TokenDecoder {
  public:
    struct ByteLevel {};     ///< tokens are bytes in their printable spelling
    struct ByteFallback {};  ///< runs of <0x00> … <0xFF> are the bytes of characters
    struct Fuse {};          ///< all tokens become one
    struct Replace {
        Regex pattern;
        std::string content;
    };
    struct Strip {
        std::string content;  ///< one character, taken off up to `start` times in front and `stop` times behind
        std::size_t start = 0, stop = 0;
    };
    struct Metaspace {
        std::string replacement;
        bool prefixed = true;  ///< the first token's replacements are artefacts
    };
    using Step = std::variant<ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace>;

    /// Without steps tokens are joined with spaces.
    explicit TokenDecoder(std::vector<Step> steps = {});
    static TokenDecoder byteLevel() { return TokenDecoder({ByteLevel{}}); }
    /// Known: ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, Sequence. Throws Error naming any other.
    static TokenDecoder read(const nlohmann::json& json, const std::string& where);

    /// Valid UTF-8.
    std::string decode(std::vector<std::string> tokens) const;

    /// What one token contributes, see Tokenizer::tokenText.
    TokenText piece(const std::string& token) const;
    bool isByteLevel() const { return m_byteLevel; }
    bool dropsFirstSpace() const { return m_dropsFirstSpace; }

  private:
    std::vector<Step> m_steps;
    bool m_byteLevel = false, m_byteFallback = false, m_dropsFirstSpace = false;
};

/// The bytes of a byte-level token; a token with characters that spell no byte stands for itself.
std::string byteLevelText(const std::string& token);

}  // namespace fusionscope::text
