#include "core/engine/folder_report.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <set>

#include "core/engine/checkpoint_text.h"
#include "core/engine/hash.h"
#include "core/engine/hash_memory.h"
#include "core/engine/memory.h"
#include "core/models/stored_options.h"
#include "core/engine/picture_processor.h"
#include "core/files/dequantize.h"
#include "core/files/error.h"
#include "core/files/mapped_file.h"
#include "core/files/model_folder.h"
#include "core/models/registry.h"

namespace fusionscope::engine {

namespace {

namespace fs = std::filesystem;

// More findings of one kind than this are counted, not listed.
constexpr size_t mostListed = 20;
constexpr size_t pieceBytes = size_t{4} << 20;

/// Regular files by relative name, sorted; a .gguf file is its own only file.
std::vector<std::pair<std::string, fs::path>> filesOf(const fs::path& root) {
    if (fs::is_regular_file(root)) return {{root.filename().string(), root}};
    std::vector<std::pair<std::string, fs::path>> files;
    for (auto it = fs::recursive_directory_iterator(root, fs::directory_options::skip_permission_denied);
         it != fs::recursive_directory_iterator(); ++it) {
        const auto file = it->path().filename().string();
        if (file.starts_with('.')) it.disable_recursion_pending();
        if (file.starts_with('.') || file.ends_with(".part") || !it->is_regular_file()) continue;
        files.emplace_back(it->path().lexically_relative(root).generic_string(), it->path());
    }
    std::ranges::sort(files);
    return files;
}

void checkpoint(const Control& control) {
    if (control.stop.stop_requested()) throw Stopped();
}

/// Whether all numbers of a piece of a tensor are finite; integers always are.
bool isFinite(const files::TensorEntry& piece) {
    const auto allFinite = [&]<class Bits>(Bits exponent) {
        const size_t count = piece.bytes.size() / sizeof(Bits);
        bool finite = true;
        for (size_t i = 0; i < count; ++i) {
            Bits bits;
            std::memcpy(&bits, piece.bytes.data() + i * sizeof(Bits), sizeof(Bits));
            finite &= (bits & exponent) != exponent;
        }
        return finite;
    };
    switch (piece.dtype) {
        case files::DType::F64: return allFinite(uint64_t{0x7ff0000000000000});
        case files::DType::F32: return allFinite(uint32_t{0x7f800000});
        case files::DType::F16: return allFinite(uint16_t{0x7c00});
        case files::DType::BF16: return allFinite(uint16_t{0x7f80});
        default: break;
    }
    if (files::blockSize(piece.dtype).values == 1) return true;
    std::vector<float> values(static_cast<size_t>(piece.elements()));
    files::dequantize(piece, values);
    return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

/// The tensor cut into runs of whole blocks, as flat tensors.
void forEachPiece(const files::TensorEntry& tensor, const std::function<void(const files::TensorEntry&)>& visit) {
    const auto block = files::blockSize(tensor.dtype);
    const auto step = pieceBytes / static_cast<size_t>(block.bytes) * static_cast<size_t>(block.bytes);
    for (size_t begin = 0; begin < tensor.bytes.size(); begin += step) {
        files::TensorEntry piece = tensor;
        piece.bytes = tensor.bytes.subspan(begin, std::min(step, tensor.bytes.size() - begin));
        piece.shape = {static_cast<int64_t>(piece.bytes.size()) / block.bytes * block.values};
        piece.transposed = false;
        piece.interleavedHeads = 0;
        visit(piece);
    }
}

/// Gathers one report; each step turns what it cannot accept into a finding and lets the next one go on.
class Inspection {
  public:
    Inspection(const fs::path& path, const Control& control)
        : m_folder(files::ModelFolder::open(path)), m_control(control) {
        for (const auto& [name, file] : filesOf(path))
            m_report.files.emplace_back(name, static_cast<int64_t>(fs::file_size(file)));
    }

    FolderReport run(bool check) {
        step("Reading the weights' headers", 0, [&] { inspectTensors(); });
        step("Holding tensors against the configuration", 0.02, [&] { inspectModel(); });
        step("Reading the tokenizer", 0.05, [&] { inspectText(); });
        step("Reading the processor", 0.1, [&] { inspectProcessor(); });
        step("Reading stored options", 0.1, [&] { models::storedEncodeOptions(m_folder, {}); });
        if (check) step("Reading the weights", 0.1, [&] { inspectValues(); });
        m_report.loadable = std::ranges::none_of(
            m_report.findings, [](const Finding& finding) { return finding.weight == Finding::Weight::Refusal; });
        return std::move(m_report);
    }

  private:
    void step(const char* task, double share, const std::function<void()>& work) {
        checkpoint(m_control);
        m_control.report(task, share);
        try {
            work();
        } catch (const Error& error) {
            add(Finding::Weight::Refusal, error.what());
        }
    }

    void add(Finding::Weight weight, std::string text) {
        // The same fault may stop several steps.
        if (std::ranges::find(m_report.findings, text, &Finding::text) == m_report.findings.end())
            m_report.findings.push_back({weight, std::move(text)});
    }

    void addSome(Finding::Weight weight, const std::vector<std::string>& texts, const char* rest) {
        for (size_t i = 0; i < std::min(texts.size(), mostListed); ++i) add(weight, texts[i]);
        if (texts.size() > mostListed) add(weight, concat("… and ", texts.size() - mostListed, " more ", rest, "."));
    }

    void inspectTensors() {
        if (m_folder.weightForm() == files::WeightForm::None)
            throw Error("holds no weights", m_folder.path().string(),
                        "Expected model.safetensors, its shards with an index, pytorch_model.bin, or a .gguf file.");
        for (const auto& [name, tensor] : m_folder.tensors()) {
            ++m_report.tensors;
            m_report.bytesByType[files::name(tensor.dtype)] += static_cast<int64_t>(tensor.bytes.size());
        }
        for (const auto& note : m_folder.notes()) {
            const bool missing = note.kind == files::FolderNote::Kind::Missing;
            add(missing ? Finding::Weight::Warning : Finding::Weight::Note, note.what + ": " + note.why + ".");
        }
    }

    void inspectModel() {
        const auto sketch = sketchCheckpoint(m_folder);
        m_report.family = sketch.family;
        m_report.parameters = sketch.parameters;
        std::vector<std::string> texts;
        for (const auto& problem : sketch.problems) texts.push_back(problem.what());
        addSome(Finding::Weight::Refusal, texts, "missing or misshapen tensors");
        texts.clear();
        for (const auto& name : sketch.unusedTensors)
            texts.push_back(concat("tensor ", name, " is not used by the family ", sketch.family, "."));
        addSome(Finding::Weight::Warning, texts, "unused tensors");
        if (!sketch.problems.empty()) return;
        for (const auto& [precision, computeBytes] :
             {std::pair{Precision::Fp32, 4}, {Precision::Bf16, 2}, {Precision::Int8, 2}, {Precision::Int4, 2}})
            m_report.memoryNeeded[name(precision)] = sketch.estimate(precision, computeBytes, 32).total();
    }

    void inspectText() {
        const auto tokenizer = loadCheckpointTokenizer(m_folder);
        const auto config = m_folder.json("config.json");
        const files::Fields fields(config, m_folder.where("config.json"));
        const auto text = fields.objectIf("text_config");
        const auto rows = (text ? *text : fields).integerOr("vocab_size", 0);
        if (rows > 0 && tokenizer->vocabularySize() > rows)
            add(Finding::Weight::Warning, concat("the tokenizer knows ", tokenizer->vocabularySize(),
                                                 " ids, the model's embedding has ", rows, " rows."));
        const auto modelType = fields.textOr("model_type", "");
        if (modelType != "florence2" && !checkpointChatTemplate(m_folder, *tokenizer, {}))
            add(Finding::Weight::Warning, "the checkpoint does not tell how it writes conversations; name a template "
                                          "with --template.");
    }

    void inspectProcessor() {
        if (!m_report.family.empty() && models::takesPictures(m_folder)) loadCheckpointProcessor(m_folder);
    }

    void inspectValues() {
        int64_t all = 1, done = 0;
        for (const auto& [type, bytes] : m_report.bytesByType) all += bytes;
        std::vector<std::string> broken;
        for (const auto& [name, tensor] : m_folder.tensors()) {
            bool finite = true;
            forEachPiece(tensor, [&](const files::TensorEntry& piece) {
                checkpoint(m_control);
                finite = finite && isFinite(piece);
                done += static_cast<int64_t>(piece.bytes.size());
                m_control.report("Reading the weights", 0.1 + 0.9 * static_cast<double>(done) / static_cast<double>(all));
            });
            if (!finite) broken.push_back(concat(tensor.file, ": tensor ", name, " holds NaN or infinity."));
        }
        addSome(Finding::Weight::Refusal, broken, "tensors with NaN or infinity");
    }

    files::ModelFolder m_folder;
    const Control& m_control;
    FolderReport m_report;
};

/// Whether a file decides what a checkpoint answers.
bool decidesAnswers(const std::string& name) {
    static const std::set<std::string> kinds = {".safetensors", ".bin", ".gguf", ".json", ".model", ".txt", ".jinja"};
    const fs::path path(name);
    return kinds.contains(path.extension().string()) && path.filename() != models::storedOptionsFile;
}

}  // namespace

const char* name(Finding::Weight weight) {
    switch (weight) {
        case Finding::Weight::Note: return "note";
        case Finding::Weight::Warning: return "warning";
        case Finding::Weight::Refusal: return "refusal";
    }
    return "";
}

FolderReport inspectFolder(const fs::path& folder, bool check, const Control& control) {
    return Inspection(folder, control).run(check);
}

std::vector<std::pair<std::string, std::string>> hashFiles(const fs::path& folder, const Control& control,
                                                           HashMemory* memory) {
    if (!fs::exists(folder)) throw Error("there is no such folder", folder.string());
    const auto files = filesOf(folder);
    uint64_t all = 1, done = 0;
    for (const auto& [name, path] : files) all += fs::file_size(path);
    std::vector<std::pair<std::string, std::string>> hashes;
    for (const auto& [name, path] : files) {
        if (const auto known = memory ? memory->find(path) : std::nullopt) {
            hashes.emplace_back(name, *known);
            continue;
        }
        const auto mapped = files::MappedFile::open(path);
        Sha256 hash;
        for (size_t begin = 0; begin < mapped->bytes().size(); begin += pieceBytes) {
            checkpoint(control);
            const auto piece = mapped->bytes().subspan(begin, std::min(pieceBytes, mapped->bytes().size() - begin));
            hash.add(piece);
            files::MappedFile::release(piece);
            done += piece.size();
            control.report("Hashing " + name, static_cast<double>(done) / static_cast<double>(all));
        }
        hashes.emplace_back(name, hash.finish());
        if (memory) memory->add(path, hashes.back().second);
    }
    return hashes;
}

std::string checkpointHash(const std::vector<std::pair<std::string, std::string>>& fileHashes) {
    std::string lines;
    for (const auto& [name, hash] : fileHashes)
        if (decidesAnswers(name)) lines += hash + "  " + name + "\n";
    return sha256(std::as_bytes(std::span(lines)));
}

std::string checkpointHash(const fs::path& folder, const Control& control) {
    HashMemory memory;
    return checkpointHash(hashFiles(folder, control, &memory));
}

}  // namespace fusionscope::engine
