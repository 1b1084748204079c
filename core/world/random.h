#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace fusionscope::world {

/// A stream of random numbers that is the same on every machine and with every compiler (xoshiro256++, seeded through
/// SplitMix64). The standard library's distributions are not portable, so drawing is done here too. Two draws must never
/// be arguments of one call: compilers may evaluate them in either order.
class Random {
  public:
    explicit Random(uint64_t seed);

    uint64_t next();
    /// A whole number in [0, n); n > 0.
    int below(int n) { return static_cast<int>(((next() >> 32) * static_cast<uint64_t>(n)) >> 32); }
    /// A whole number in [least, most].
    int between(int least, int most) { return least + below(most - least + 1); }
    /// In [0, 1), a multiple of 2^-53.
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double between(double least, double most) { return least + (most - least) * unit(); }
    bool chance(double probability) { return unit() < probability; }
    /// The index of one of the weights, each as probable as it is heavy.
    std::size_t weighted(std::initializer_list<double> weights);
    template <class Items>
    const auto& pick(const Items& items) {
        return items[static_cast<std::size_t>(below(static_cast<int>(std::size(items))))];
    }
    template <class Item>
    void shuffle(std::vector<Item>& items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[static_cast<std::size_t>(below(static_cast<int>(i)))]);
    }

  private:
    std::array<uint64_t, 4> m_state;
};

/// A well-mixed number from two others.
uint64_t mixed(uint64_t a, uint64_t b);
/// FNV-1a of a text, mixed: the same on every machine.
uint64_t hashOf(std::string_view text);

}  // namespace fusionscope::world
