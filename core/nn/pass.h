#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <stop_token>
#include <string_view>

#include "core/files/error.h"

namespace fusionscope::nn {

using at::Tensor;

/// Receives named activations while a forward pass runs. Implemented by inspect::Trace.
class Recorder {
  public:
    virtual ~Recorder() = default;
    /// Asked before a tensor is made only for recording; must be cheap.
    virtual bool wants(std::string_view name) const = 0;
    /// The tensor is the pass's own: copy it if it must outlive the call.
    virtual void record(std::string_view name, const Tensor& value) = 0;
};

/// What accompanies one forward pass: how to stop it, who watches it, who hears how far it is.
struct Pass {
    std::stop_token stop;
    Recorder* recorder = nullptr;
    /// Called with the finished share of the pass, 0 to 1, at most once per layer.
    std::function<void(double)> progress;

    /// Called at least once per layer and per token. @throws Stopped when the person asked to stop.
    void checkpoint() const {
        if (stop.stop_requested()) throw Stopped();
    }
    bool wants(std::string_view name) const { return recorder && recorder->wants(name); }
    void record(std::string_view name, const Tensor& value) const {
        if (wants(name)) recorder->record(name, value);
    }
    void report(double done) const {
        if (progress) progress(done);
    }
    /// The same pass for a part of the work that leads from one finished share to another. Must not outlive this one.
    Pass part(double from, double to) const {
        Pass inner = *this;
        if (progress) inner.progress = [this, from, to](double done) { progress(from + (to - from) * done); };
        return inner;
    }
};

}  // namespace fusionscope::nn
