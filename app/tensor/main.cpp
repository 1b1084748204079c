// The tensor part alone: traces and measures models on a machine that has LibTorch and nothing else of ours.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <getopt.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/bench/machine.h"
#include "core/bench/passes.h"
#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/files/safetensors.h"
#include "core/inspect/comparison.h"
#include "core/inspect/trace.h"
#include "core/models/registry.h"
#include "core/nn/process.h"

namespace {

using namespace fusionscope;

constexpr const char* usage =
    "Usage: fusionscope-tensor trace --model DIR --inputs F.safetensors --out F.safetensors [--case NAME]\n"
    "                                [--select GLOB]… [--against F.safetensors [--names FILE]]\n"
    "       fusionscope-tensor bench --model DIR [--context N] [--tokens N] [--repeats N] [--side PIXELS]\n"
    "Both take --device cpu|cuda, --dtype fp32|bf16|fp16|int8|int4 and --threads N.\n"
    "Example: fusionscope-tensor bench --model florence-vl-3b --device cuda --dtype bf16 --side 768\n";

struct Arguments {
    std::string command, model, inputs, out, inputCase, against, names, device = "cpu", dtype = "fp32";
    std::vector<std::string> select;
    bench::PassOptions passes;
    int threads = 0;
};

struct WrongUsage {};

int64_t number(const char* text) {
    char* end = nullptr;
    const auto value = std::strtoll(text, &end, 10);
    if (*end || value < 0 || value > 1'000'000) throw WrongUsage();
    return value;
}

Arguments parse(int count, char** values) {
    enum Option { Model = 1, Inputs, Out, Case, Select, Against, Names, Device, Dtype, Threads, Context, Tokens, Repeats, Side };
    const option options[] = {{"model", required_argument, nullptr, Model},
                              {"inputs", required_argument, nullptr, Inputs},
                              {"out", required_argument, nullptr, Out},
                              {"case", required_argument, nullptr, Case},
                              {"select", required_argument, nullptr, Select},
                              {"against", required_argument, nullptr, Against},
                              {"names", required_argument, nullptr, Names},
                              {"device", required_argument, nullptr, Device},
                              {"dtype", required_argument, nullptr, Dtype},
                              {"threads", required_argument, nullptr, Threads},
                              {"context", required_argument, nullptr, Context},
                              {"tokens", required_argument, nullptr, Tokens},
                              {"repeats", required_argument, nullptr, Repeats},
                              {"side", required_argument, nullptr, Side},
                              {nullptr, 0, nullptr, 0}};
    Arguments result;
    for (int found; (found = getopt_long(count, values, "", options, nullptr)) != -1;) {
        switch (found) {
            case Model: result.model = optarg; break;
            case Inputs: result.inputs = optarg; break;
            case Out: result.out = optarg; break;
            case Case: result.inputCase = optarg; break;
            case Select: result.select.emplace_back(optarg); break;
            case Against: result.against = optarg; break;
            case Names: result.names = optarg; break;
            case Device: result.device = optarg; break;
            case Dtype: result.dtype = optarg; break;
            case Threads: result.threads = static_cast<int>(number(optarg)); break;
            case Context: result.passes.context = number(optarg); break;
            case Tokens: result.passes.decodeTokens = number(optarg); break;
            case Repeats: result.passes.repeats = static_cast<int>(number(optarg)); break;
            case Side: result.passes.imageSide = number(optarg); break;
            default: throw WrongUsage();
        }
    }
    if (optind != count - 1 || result.model.empty()) throw WrongUsage();
    result.command = values[optind];
    return result;
}

nn::WeightOptions weightOptions(const Arguments& arguments) {
    nn::WeightOptions options;
    options.device = c10::Device(arguments.device);
    options.compute = arguments.dtype == "fp32" ? c10::kFloat : arguments.dtype == "fp16" ? c10::kHalf : c10::kBFloat16;
    if (arguments.dtype == "int8") options.linear = nn::LinearFormat::Int8;
    if (arguments.dtype == "int4") options.linear = nn::LinearFormat::Int4;
    return options;
}

void compareWith(const Arguments& arguments, const std::vector<inspect::NamedTensor>& recorded) {
    const auto compared =
        inspect::compare(recorded, arguments.against, {arguments.names, arguments.inputCase}, inspect::Tolerance{});
    bool within = true;
    for (const auto& tensor : compared) {
        std::printf("%-40s max %.2e  cosine %.9f  %s\n", tensor.name.c_str(), tensor.error, tensor.cosine,
                    tensor.within ? "ok" : tensor.problem.empty() ? "differs" : tensor.problem.c_str());
        within &= tensor.within;
    }
    if (!within) throw Error("activations differ from the reference", arguments.against);
}

void traceInputs(const Arguments& arguments, const models::LoadedModel& model) {
    if (arguments.inputs.empty() || (arguments.out.empty() && arguments.against.empty())) throw WrongUsage();
    const auto raw = models::readRawTensors(files::readSafetensors(arguments.inputs).tensors, arguments.inputCase,
                                            arguments.inputs);
    inspect::Trace trace(arguments.select.empty() ? std::vector<std::string>{"*"} : arguments.select);
    nn::Pass pass;
    pass.recorder = &trace;
    models::EncodeOptions options;
    if (const auto* vision = model.visionLanguage()) options = vision->defaultOptions();
    models::runRaw(model, raw, options, pass);
    const auto recorded = trace.numbers();
    if (!arguments.out.empty()) {
        std::vector<files::TensorBytes> tensors;
        for (const auto& tensor : recorded)
            tensors.push_back({{tensor.name, files::DType::F32, tensor.shape}, std::as_bytes(std::span(tensor.values))});
        files::writeSafetensors(arguments.out, tensors);
        std::printf("%zu activations in %s\n", tensors.size(), arguments.out.c_str());
    }
    if (!arguments.against.empty()) compareWith(arguments, recorded);
}

void measure(const Arguments& arguments, const models::LoadedModel& model) {
    const auto figures = bench::measurePasses(model, arguments.passes, {});
    const auto machine = bench::describeMachine();
    const auto samples = [](const bench::Samples& values) {
        return nlohmann::json{{"median", values.median()}, {"least", values.least()}, {"most", values.most()}};
    };
    nlohmann::json report = {{"model", arguments.model},
                             {"device", arguments.device},
                             {"dtype", arguments.dtype},
                             {"processor", machine.processor},
                             {"library", machine.library},
                             {"threads", machine.threads},
                             {"encode_seconds", samples(figures.encodeSeconds)},
                             {"prefill_tokens_per_second", samples(figures.prefillTokensPerSecond)},
                             {"decode_tokens_per_second", samples(figures.decodeTokensPerSecond)}};
    if (arguments.device == "cpu") {
        const auto bandwidth = bench::readBandwidth(machine.threads);
        report["memory_bandwidth"] = bandwidth;
        report["decode_bandwidth_share"] = figures.decodeTokensPerSecond.median() *
                                           static_cast<double>(figures.decodeBytesPerToken) / bandwidth;
    }
    std::puts(report.dump(2).c_str());
}

}  // namespace

int main(int count, char** values) {
    nn::prepareProcess(values);
    if (count > 1 && std::string(values[1]) == "--help") {
        std::fputs(usage, stdout);
        return 0;
    }
    try {
        const auto arguments = parse(count, values);
        const c10::InferenceMode inference;
        if (arguments.threads > 0) at::set_num_threads(arguments.threads);
        const auto model = models::loadModel(files::ModelFolder::open(arguments.model), weightOptions(arguments));
        if (arguments.command == "trace")
            traceInputs(arguments, model);
        else if (arguments.command == "bench")
            measure(arguments, model);
        else
            throw WrongUsage();
        return 0;
    } catch (const WrongUsage&) {
        std::fputs(usage, stderr);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fusionscope-tensor: %s\n", error.what());
        return 1;
    }
}
