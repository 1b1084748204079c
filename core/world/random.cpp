#include "core/world/random.h"

#include <bit>
#include <numeric>

namespace fusionscope::world {

namespace {

/// One step of SplitMix64.
uint64_t splitMix(uint64_t& state) {
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

}  // namespace

Random::Random(uint64_t seed) : m_state{} {
    for (auto& word : m_state) word = splitMix(seed);
}

uint64_t Random::next() {
    auto& s = m_state;
    const uint64_t result = std::rotl(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
}

std::size_t Random::weighted(std::initializer_list<double> weights) {
    double left = unit() * std::accumulate(weights.begin(), weights.end(), 0.0);
    std::size_t index = 0;
    for (const double weight : weights) {
        if (left < weight) return index;
        left -= weight;
        ++index;
    }
    return weights.size() - 1;
}

uint64_t mixed(uint64_t a, uint64_t b) {
    uint64_t state = a ^ std::rotl(b, 32);
    splitMix(state);
    state ^= b;
    return splitMix(state);
}

uint64_t hashOf(std::string_view text) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return mixed(hash, text.size());
}

}  // namespace fusionscope::world
