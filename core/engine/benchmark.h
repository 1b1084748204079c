#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/engine/control.h"
#include "core/engine/load_options.h"

namespace fusionscope::engine {

struct BenchmarkOptions {
    LoadOptions load;
    int64_t context = 600;      ///< prompt tokens for prefill and decode
    int64_t decodeTokens = 32;
    int repeats = 5;
    uint64_t seed = 1;
    std::filesystem::path texts;   ///< for BenchmarkSteps: see bench::readTexts(); empty: none
    std::filesystem::path scores;  ///< where their scores go, fp32 and nothing else, a row for each token of an answer
};

/// One measured quantity. Aims are the project's own (see docs/benchmarks.md).
struct Figure {
    std::string name;        ///< "decode"
    std::string unit;        ///< "tokens/s", "s", "share", "bytes", "ratio", "tokens"
    double median = 0, least = 0, most = 0;
    int repeats = 0;
};

struct BenchmarkReport {
    std::string model, family, precision, device;
    std::string processor, instructions, library;
    int cores = 0, threads = 0;
    int64_t memoryBytes = 0;
    double loadAverage = 0;   ///< of the machine before the run; above 0.5 a core the figures are not to be trusted
    std::vector<Figure> figures;
};

/// Measures loading (time, peak memory over the weights' size), encoding of a picture, prefill, decode and its share of
/// the memory bandwidth found in the same run, the first token of a second question about the same picture, decoding of
/// lines that were said before without and with prompt lookup, an atlas of all cells, a video of 32 frames (640 × 360,
/// where so many fit into a conversation), and how soon a stop is obeyed. The picture is a noisy one of 1,280 × 960
/// pixels; of families that cut it into views, one view is measured too.
BenchmarkReport benchmarkModel(const std::filesystem::path& folder, const BenchmarkOptions& options,
                               const Control& control = {});

}  // namespace fusionscope::engine
