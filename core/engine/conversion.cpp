#include "core/engine/conversion.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "core/engine/memory.h"
#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/files/safetensors.h"
#include "core/models/registry.h"
#include "core/nn/quantized.h"

namespace fusionscope::engine {

namespace {

namespace fs = std::filesystem;

/// A folder that gets its name only when commit() is called, and vanishes otherwise.
class OutputFolder {
  public:
    explicit OutputFolder(fs::path path) : m_path(std::move(path)), m_part(m_path.string() + ".part") {
        if (fs::exists(m_path)) throw Error("exists already", m_path.string(), "Name a folder that does not.");
        std::error_code error;
        fs::remove_all(m_part, error);
        fs::create_directories(m_part, error);
        if (error) throw Error("cannot be made (" + error.message() + ")", m_path.string(), "Choose another folder.");
    }
    ~OutputFolder() {
        std::error_code ignored;
        fs::remove_all(m_part, ignored);
    }
    OutputFolder(const OutputFolder&) = delete;
    OutputFolder& operator=(const OutputFolder&) = delete;

    fs::path file(const std::string& name) const { return m_part / name; }
    void commit() { fs::rename(m_part, m_path); }

  private:
    fs::path m_path, m_part;
};

/// One tensor of the source, and what is written for it.
struct Job {
    std::string name;
    const files::TensorEntry* tensor;
    bool quantise;
};

class Converter {
  public:
    Converter(const files::ModelFolder& folder, nn::LinearFormat format, int64_t groupSize, const Control& control)
        : m_format(format), m_groupSize(groupSize), m_control(control), m_tensors(models::canonicalTensors(folder)) {
        const auto sketch = sketchCheckpoint(folder);
        if (!sketch.problems.empty()) throw sketch.problems.front();
        for (const auto& [name, tensor] : m_tensors)
            m_jobs.push_back({name, &tensor, sketch.matrices.contains(name)});
        if (std::ranges::none_of(m_jobs, &Job::quantise))
            throw Error("has no matrices that can be quantised", folder.path().string(),
                        sketch.quantisedValues > 0 ? "It is quantised already." : "");
    }

    void write(const fs::path& file) {
        files::SafetensorsWriter writer(file, headers(), {{"format", "pt"}});
        int64_t all = 1, done = 0;
        for (const auto& job : m_jobs) all += static_cast<int64_t>(job.tensor->bytes.size());
        for (const auto& job : m_jobs) {
            if (m_control.stop.stop_requested()) throw Stopped();
            if (job.quantise)
                writeQuantised(writer, job);
            else
                writer.write(job.name, job.tensor->bytes);
            done += static_cast<int64_t>(job.tensor->bytes.size());
            m_control.report("Converting", static_cast<double>(done) / static_cast<double>(all));
        }
        writer.finish();
    }

  private:
    std::vector<files::TensorHeader> headers() const {
        std::vector<files::TensorHeader> headers;
        for (const auto& job : m_jobs) {
            const auto& tensor = *job.tensor;
            if (!job.quantise) {
                headers.push_back({job.name, tensor.dtype, tensor.shape});
                continue;
            }
            const auto parts = nn::quantizedTensors(job.name, tensor.shape.at(0), tensor.shape.at(1), m_format, m_groupSize);
            headers.insert(headers.end(), parts.begin(), parts.end());
        }
        return headers;
    }

    void writeQuantised(files::SafetensorsWriter& writer, const Job& job) const {
        const auto& shape = job.tensor->shape;
        // A store of its own, so that only this tensor is ever in memory as numbers.
        nn::WeightStore store(files::TensorTable{{job.name, *job.tensor}}, {});
        const auto parts = nn::quantize(store.load(job.name, shape), m_format, m_groupSize);
        const auto names = nn::quantizedTensors(job.name, shape.at(0), shape.at(1), m_format, m_groupSize);
        writeTensor(writer, names.at(0).name, parts.values);
        writeTensor(writer, names.at(1).name, parts.scales);
    }

    static void writeTensor(files::SafetensorsWriter& writer, const std::string& name, const at::Tensor& values) {
        const auto tensor = values.contiguous();
        writer.write(name, {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()});
    }

    nn::LinearFormat m_format;
    int64_t m_groupSize;
    const Control& m_control;
    files::TensorTable m_tensors;
    std::vector<Job> m_jobs;
};

bool isWeights(const fs::path& file) {
    static const std::set<std::string> endings = {".safetensors", ".bin", ".pt", ".pth", ".gguf"};
    return endings.contains(file.extension().string()) || file.filename().string().ends_with(".index.json");
}

/// Everything but weights and hidden files, sub-folders included; the vision tower's files too when they lie beside the
/// folder.
void copyOthers(const files::ModelFolder& folder, const OutputFolder& out) {
    const auto copy = [&](const fs::path& from, const fs::path& root, const fs::path& to) {
        const auto target = out.file((to / from.lexically_relative(root)).generic_string());
        fs::create_directories(target.parent_path());
        fs::copy_file(from, target, fs::copy_options::overwrite_existing);
    };
    const auto copyTree = [&](const fs::path& root, const fs::path& to) {
        for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
            if (it->path().filename().string().starts_with('.'))
                it.disable_recursion_pending();
            else if (it->is_regular_file() && !isWeights(it->path()))
                copy(it->path(), root, to);
        }
    };
    const auto beside = folder.path().parent_path() / "vision_tower";
    if (!fs::exists(folder.path() / "vision_tower") && fs::is_directory(beside)) copyTree(beside, "vision_tower");
    copyTree(folder.path(), {});
}

}  // namespace

void convertCheckpoint(const fs::path& source, Precision precision, int64_t groupSize, const fs::path& out,
                       const Control& control) {
    if (precision != Precision::Int8 && precision != Precision::Int4)
        throw Error(concat("a checkpoint cannot be converted to ", name(precision)), {}, "Choose int8 or int4.");
    const auto folder = files::ModelFolder::open(source);
    if (folder.weightForm() == files::WeightForm::Gguf)
        throw Error("is a GGUF file, whose tokenizer a folder cannot hold", source.string(),
                    "Load it with --dtype int8 or int4, which quantises it at once.");
    const auto format = precision == Precision::Int8 ? nn::LinearFormat::Int8 : nn::LinearFormat::Int4;
    try {
        OutputFolder written(out);
        Converter(folder, format, groupSize, control).write(written.file("model.safetensors"));
        copyOthers(folder, written);
        written.commit();
    } catch (const fs::filesystem_error& error) {
        throw Error("cannot be written (" + error.code().message() + ")", out.string(), "Is the disk full?");
    }
}

}  // namespace fusionscope::engine
