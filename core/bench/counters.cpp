#include "core/bench/counters.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "core/bench/stopwatch.h"

namespace fusionscope::bench {

namespace {

double elements(at::IntArrayRef sizes) { return static_cast<double>(c10::multiply_integers(sizes)); }

double convolutionOperations(c10::ArrayRef<c10::IValue> inputs) {  // input, weight, bias, stride, padding, dilation, …
    const auto image = inputs[0].toTensor().sizes(), weight = inputs[1].toTensor().sizes();
    const auto strides = inputs[3].toIntVector(), paddings = inputs[4].toIntVector();  // of all axes, or of each
    double places = static_cast<double>(image[0]);
    for (size_t axis = 2; axis < image.size(); ++axis) {
        const auto stride = strides[std::min(axis - 2, strides.size() - 1)];
        const auto padding = paddings[std::min(axis - 2, paddings.size() - 1)];
        places *= static_cast<double>((image[axis] + 2 * padding - weight[axis]) / stride + 1);
    }
    return 2 * places * elements(weight);  // [out, in/groups, height, width]
}

/// Of the operators, and our own functions, in which all large products end.
double operationsOf(std::string_view name, c10::ArrayRef<c10::IValue> inputs) {
    const auto product = [&](size_t left, size_t right) {
        return 2 * elements(inputs[left].toTensor().sizes()) * static_cast<double>(inputs[right].toTensor().size(-1));
    };
    if (name == "aten::mm" || name == "aten::bmm") return product(0, 1);
    if (name == "aten::addmm" || name == "aten::baddbmm") return product(1, 2);
    if (name == "fusionscope::product") return product(0, 1);  // nn::kernelTimes(): x and the result
    if (name == "aten::convolution") return convolutionOperations(inputs);
    if (name == "aten::_scaled_dot_product_flash_attention_for_cpu") {  // q, k, v, dropout, causal
        const double scores = elements(inputs[0].toTensor().sizes()) * static_cast<double>(inputs[1].toTensor().size(2));
        return (inputs[4].toBool() ? 2 : 4) * scores;
    }
    return 0;
}

/// Follows the scopes that this thread enters and leaves. One at a time.
class Watcher {
  public:
    explicit Watcher(bool operations) {
        s_active = this;
        enter({});
        m_callbacks.push_back(at::addThreadLocalCallback(
            at::RecordFunctionCallback(onEnter, onLeave).scopes({at::RecordScope::USER_SCOPE})));
        if (operations)
            m_callbacks.push_back(at::addThreadLocalCallback(
                at::RecordFunctionCallback(onOperator).needsInputs(true).scopes({at::RecordScope::FUNCTION})));
    }
    ~Watcher() {
        for (const auto callback : m_callbacks) at::removeCallback(callback);
        s_active = nullptr;
    }
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    std::map<std::string, Phase> finish() {
        leave();
        return std::move(m_phases);
    }

  private:
    struct Frame {
        std::string name;
        double entered = 0, inside = 0;  ///< seconds: when, and how long scopes within it took
    };

    void enter(std::string name) { m_frames.push_back({std::move(name), m_watch.seconds(), 0}); }
    void leave() {
        const auto frame = std::move(m_frames.back());
        m_frames.pop_back();
        const double taken = m_watch.seconds() - frame.entered;
        auto& phase = m_phases[frame.name];
        phase.name = frame.name;
        ++phase.calls;
        phase.seconds += taken - frame.inside;
        if (!m_frames.empty()) m_frames.back().inside += taken;
    }

    static std::unique_ptr<at::ObserverContext> onEnter(const at::RecordFunction& scope) {
        const std::string outer = s_active->m_frames.back().name, name = scope.name();
        const bool again = outer == name || outer.ends_with(" / " + name);  // a part that marks itself once more
        s_active->enter(outer.empty() ? name : again ? outer : outer + " / " + name);
        return nullptr;
    }
    static void onLeave(const at::RecordFunction& /*scope*/, at::ObserverContext* /*context*/) { s_active->leave(); }
    static std::unique_ptr<at::ObserverContext> onOperator(const at::RecordFunction& function) {
        s_active->m_phases[s_active->m_frames.back().name].operations += operationsOf(function.name(), function.inputs());
        return nullptr;
    }

    static thread_local Watcher* s_active;
    Stopwatch m_watch;
    std::vector<Frame> m_frames;
    std::map<std::string, Phase> m_phases;
    std::vector<at::CallbackHandle> m_callbacks;
};

thread_local Watcher* Watcher::s_active = nullptr;

}  // namespace

std::vector<Phase> countPhases(const std::function<void()>& pass) {
    const auto watched = [&](bool operations) {
        Watcher watcher(operations);
        pass();
        return watcher.finish();
    };
    const auto counted = watched(true);
    std::vector<Phase> sorted;
    for (auto& [name, phase] : watched(false)) {
        if (const auto found = counted.find(name); found != counted.end()) phase.operations = found->second.operations;
        sorted.push_back(std::move(phase));
    }
    std::ranges::sort(sorted, std::greater{}, &Phase::seconds);
    return sorted;
}

}  // namespace fusionscope::bench
