#include "core/bench/machine.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/cpu/Utils.h>
#include <torch/headeronly/version.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "core/bench/stopwatch.h"
#include "core/nn/cpu.h"

#ifdef __linux__
#include <unistd.h>
#endif

namespace fusionscope::bench {

namespace {

/// The value behind "KEY :" or "KEY:" in a file of /proc; empty when there is none.
std::string procValue(const char* file, const std::string& key) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(key)) continue;
        const auto colon = line.find(':');
        const auto value = colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
        return value == std::string::npos ? std::string() : line.substr(value);
    }
    return {};
}

int64_t procKilobytes(const std::string& key) {
    const auto value = procValue("/proc/self/status", key);
    return value.empty() ? 0 : std::strtoll(value.c_str(), nullptr, 10) * 1024;
}

std::string instructionSets() {
    const auto flags = ' ' + procValue("/proc/cpuinfo", "flags") + ' ';
    const std::pair<const char*, const char*> known[] = {
        {"avx2", "AVX2"},          {"avx512f", "AVX512"},     {"avx512_vnni", "VNNI"},
        {"avx_vnni", "AVX-VNNI"},  {"avx512_bf16", "BF16"},   {"amx_bf16", "AMX-BF16"},
        {"amx_int8", "AMX-INT8"}};
    std::string text;
    for (const auto& [flag, label] : known)
        if (flags.find(std::string(" ") + flag + ' ') != std::string::npos)
            text.append(text.empty() ? "" : " ").append(label);
    return text.empty() ? "none that matter" : text;
}

/// Reads a stretch of memory; the sum keeps the compiler from leaving it out.
uint64_t readAll(const uint64_t* from, const uint64_t* to) {
    uint64_t sums[8] = {};
    for (; from + 8 <= to; from += 8)
        for (int lane = 0; lane < 8; ++lane) sums[lane] += from[lane];
    uint64_t sum = 0;
    for (const auto lane : sums) sum += lane;
    return sum;
}

}  // namespace

Machine describeMachine() {
    Machine machine;
    machine.processor = procValue("/proc/cpuinfo", "model name");
    cpu_set_t usable;
    machine.cores = sched_getaffinity(0, sizeof usable, &usable) == 0
                        ? CPU_COUNT(&usable)
                        : static_cast<int>(std::thread::hardware_concurrency());
    struct sysinfo system {};
    if (sysinfo(&system) == 0) machine.memoryBytes = static_cast<int64_t>(system.totalram) * system.mem_unit;
    machine.instructions = instructionSets();
    machine.library = "LibTorch " + std::string(TORCH_VERSION);
    machine.threads = at::get_num_threads();
    double load = 0;
    if (getloadavg(&load, 1) == 1) machine.load = load;
    return machine;
}

int64_t residentBytes() { return procKilobytes("VmRSS"); }
int64_t peakResidentBytes() { return procKilobytes("VmHWM"); }

bool resetPeak() {
    std::ofstream out("/proc/self/clear_refs");
    out << '5' << std::flush;
    return static_cast<bool>(out);
}

double readBandwidth(int threads, int64_t bufferBytes, int passes) {
    const auto words = static_cast<size_t>(bufferBytes) / sizeof(uint64_t);
    const auto buffer = std::make_unique_for_overwrite<uint64_t[]>(words);
    std::fill_n(buffer.get(), words, uint64_t{1});  // really there, not one shared page of zeros
    std::atomic<uint64_t> total = 0;
    double best = 0;
    for (int pass = 0; pass < passes; ++pass) {
        const auto start = std::chrono::steady_clock::now();
        std::vector<std::jthread> readers;
        for (int i = 0; i < threads; ++i)
            readers.emplace_back([&, i] {
                const auto share = words / static_cast<size_t>(threads);
                const auto* first = buffer.get() + share * static_cast<size_t>(i);
                total += readAll(first, first + share);
            });
        readers.clear();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        best = std::max(best, static_cast<double>(bufferBytes) / taken.count());
    }
    return total > 0 ? best : 0;
}

double matrixRate(int passes) {
    const c10::InferenceMode inference;
    constexpr int64_t side = 2048;
    const auto type = at::TensorOptions().dtype(nn::fastProductType(c10::kBFloat16));
    const auto left = at::ones({side, side}, type), right = at::ones({side, side}, type);
    auto product = at::empty({side, side}, type);
    double best = 0;
    for (int pass = 0; pass < passes; ++pass) {
        const Stopwatch watch;
        at::mm_out(product, left, right);
        best = std::max(best, 2.0 * side * side * side / watch.seconds());
    }
    return best;
}

}  // namespace fusionscope::bench
