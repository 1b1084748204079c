#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/benchmark.h"

namespace fusionscope::engine {

/// What bounds a step on this machine.
struct MachineLimits {
    double bandwidth = 0;   ///< bytes per second that all cores read from memory
    double matrixRate = 0;  ///< floating-point operations per second of large matrix products
};

/// A part of a step: a kind of layer, of the tower in the place where it stands ("tower/davit/stage2 / attention").
struct StepPhase {
    std::string name;       ///< empty: what is in none of them (additions, activations, copies, the cost of starting)
    int64_t calls = 0;
    double seconds = 0;     ///< all of them together take as long as the step
    double operations = 0;  ///< floating-point operations of large products
    double bytes = 0;       ///< that must be read from memory: weights and cache in decoding
};

/// A model kept ready, of which one step is measured when it is asked for, so that programs that are compared can take
/// turns.
class BenchmarkSteps {
  public:
    /// Loads the model. @throws Error as Model::load() does, and when there are texts that cannot be read; Stopped
    BenchmarkSteps(const std::filesystem::path& folder, const BenchmarkOptions& options, const Control& control = {});
    ~BenchmarkSteps();
    BenchmarkSteps(const BenchmarkSteps&) = delete;
    BenchmarkSteps& operator=(const BenchmarkSteps&) = delete;

    /// The model and the machine. Figures: "load" and "weights".
    const BenchmarkReport& report() const;
    /// What the process held before it loaded the model, in bytes: LibTorch itself.
    int64_t residentBefore() const;
    /// The steps that this model has.
    /// - "encode": one picture through tower, fusion and projector; "encode-four": four at once
    /// - "prefill": reading the prompt; "decode": generating the tokens after it
    /// - "first-token": from a request with a new picture to the answer's first token; "second-question": the same for
    ///   another question about that picture, which must not run the tower
    /// - with BenchmarkOptions::texts "read-texts", each in one pass, and "answer-texts", the answers token by token:
    ///   write the scores among which each token of an answer would be chosen
    std::vector<std::string> names() const;
    /// Takes a step. Seconds. @throws Error for a name that is not among names(); Stopped
    double seconds(const std::string& name, const Control& control = {});
    /// Takes a step three times and tells what it consists of, the longest part first. @throws Error as seconds()
    std::vector<StepPhase> phases(const std::string& name, const Control& control = {});
    /// Measured when asked for. The buffer takes 1 GB of memory for that time.
    MachineLimits limits() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

}  // namespace fusionscope::engine
