#include "core/engine/hash.h"

#include <openssl/evp.h>

#include <array>
#include <new>

namespace fusionscope::engine {

struct Sha256::Context {
    EVP_MD_CTX* state = EVP_MD_CTX_new();
    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { EVP_MD_CTX_free(state); }
};

Sha256::Sha256() : m_context(std::make_unique<Context>()) {
    // The library's functions fail only for want of memory.
    if (!m_context->state || !EVP_DigestInit_ex(m_context->state, EVP_sha256(), nullptr)) throw std::bad_alloc();
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) {
    if (!EVP_DigestUpdate(m_context->state, bytes.data(), bytes.size())) throw std::bad_alloc();
}

std::string Sha256::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!EVP_DigestFinal_ex(m_context->state, digest.data(), &size)) throw std::bad_alloc();
    std::string text;
    for (unsigned int i = 0; i < size; ++i) {
        constexpr auto digits = "0123456789abcdef";
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

std::string sha256(std::span<const std::byte> bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

}  // namespace fusionscope::engine
