#include <unistd.h>

#include <QtTest>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/engine/folder_report.h"
#include "core/engine/model.h"
#include "core/files/error.h"
#include "core/files/safetensors.h"
#include "tests/app/program.h"

namespace fs = std::filesystem;
using nlohmann::json;
using namespace fusionscope;

/// A copy of a small sound checkpoint with one thing spoilt.
struct Spoilt {
    fs::path model;  ///< the checkpoint's folder; vision_tower lies beside it

    json read(const std::string& name) const { return json::parse(std::ifstream(model / name)); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(model / name) << text; }
    /// Changes one field of config.json. @param value JSON text, so that numbers JSON cannot hold can be written too
    void config(const std::string& key, const std::string& value) const { field("config.json", key, value); }
    void field(const std::string& file, const std::string& key, const std::string& value) const {
        auto object = read(file);
        object[key] = "@";
        auto text = object.dump();
        text.replace(text.find("\"@\""), 3, value);
        write(file, text);
    }
    /// Rewrites a shard with some tensors changed.
    void shard(const std::string& name, const std::function<void(std::vector<files::TensorBytes>&)>& change) const {
        const auto path = model / name;
        const auto table = files::readSafetensors(path).tensors;
        std::vector<files::TensorBytes> tensors;
        std::vector<std::vector<std::byte>> owned;
        owned.reserve(table.size());
        for (const auto& [key, entry] : table) {
            owned.emplace_back(entry.bytes.begin(), entry.bytes.end());
            tensors.push_back({{key, entry.dtype, entry.shape}, owned.back()});
        }
        change(tensors);
        files::writeSafetensors(path, tensors);
    }
};

namespace {

constexpr const char* first = "model-00001-of-00002.safetensors";
constexpr const char* second = "model-00002-of-00002.safetensors";

struct Row {
    const char* name;
    std::function<void(const Spoilt&)> spoil;
    const char* says;         ///< part of the message: the file, field or tensor
    bool loads = false;       ///< only a check, or what needs the missing part, refuses it
};

void remove(const Spoilt& s, const char* name) { fs::remove_all(s.model / name); }

files::TensorBytes& tensorIn(std::vector<files::TensorBytes>& tensors, const std::string& part) {
    for (auto& tensor : tensors)
        if (tensor.header.name.find(part) != std::string::npos) return tensor;
    throw std::runtime_error("no tensor " + part);
}

const std::vector<Row>& rows() {
    const auto config = [](const char* key, const char* value) {
        return [=](const Spoilt& s) { s.config(key, value); };
    };
    const auto tower = [](const char* key, const char* value) {
        return [=](const Spoilt& s) {
            auto object = s.read("../vision_tower/config.json");
            object["vision_config"][key] = json::parse(value);
            s.write("../vision_tower/config.json", object.dump());
        };
    };
    const auto processor = [](const char* key, const char* value) {
        return [=](const Spoilt& s) { s.field("../vision_tower/preprocessor_config.json", key, value); };
    };
    static const std::vector<Row> table = {
        // config.json
        {"config absent", [](const Spoilt& s) { remove(s, "config.json"); }, "config.json"},
        {"config empty", [](const Spoilt& s) { s.write("config.json", ""); }, "config.json"},
        {"config cut short", [](const Spoilt& s) { s.write("config.json", "{\"model_type\": \"llava_"); }, "config.json"},
        {"config is a list", [](const Spoilt& s) { s.write("config.json", "[]"); }, "config.json"},
        {"config 100,000 deep", [](const Spoilt& s) { s.write("config.json", std::string(100000, '[')); }, "config.json"},
        {"config with a key twice",
         [](const Spoilt& s) { s.write("config.json", R"({"model_type": "llava_llama", "model_type": "llama"})"); },
         "model_type"},
        {"config is a folder",
         [](const Spoilt& s) { remove(s, "config.json"), fs::create_directory(s.model / "config.json"); }, "config.json"},
        {"family unknown", config("model_type", "\"bert\""), "bert"},
        {"family is a number", config("model_type", "7"), "model_type"},
        {"family absent", [](const Spoilt& s) { s.write("config.json", "{}"); }, "model_type"},
        {"width NaN", config("hidden_size", "NaN"), "config.json"},
        {"width infinite", config("hidden_size", "1e999"), "config.json"},
        {"width 0", config("hidden_size", "0"), "hidden_size"},
        {"width negative", config("hidden_size", "-64"), "hidden_size"},
        {"width a fraction", config("hidden_size", "64.5"), "hidden_size"},
        {"width a text", config("hidden_size", "\"64\""), "hidden_size"},
        {"width beyond 64 bits", config("hidden_size", "99999999999999999999"), "hidden_size"},
        {"width not the weights'", config("hidden_size", "128"), "128"},
        {"inner width not the weights'", config("intermediate_size", "97"), "97"},
        {"inner width 10^12", config("intermediate_size", "1000000000000"), "intermediate_size"},
        {"vocabulary not the weights'", config("vocab_size", "426"), "426"},
        {"vocabulary 10^12", config("vocab_size", "1000000000000"), "vocab_size"},
        {"more layers than weights", config("num_hidden_layers", "4"), "layers.3"},
        {"10^9 layers", config("num_hidden_layers", "1000000000"), "num_hidden_layers"},
        {"no layers", config("num_hidden_layers", "0"), "num_hidden_layers"},
        {"heads do not divide", config("num_attention_heads", "7"), "num_attention_heads"},
        {"heads 0", config("num_attention_heads", "0"), "num_attention_heads"},
        {"KV heads do not divide", config("num_key_value_heads", "3"), "num_key_value_heads"},
        {"epsilon negative", config("rms_norm_eps", "-1"), "rms_norm_eps"},
        {"rope base 0", config("rope_theta", "0"), "rope_theta"},
        {"rope scaling unknown", config("rope_scaling", R"({"rope_type": "spiral", "factor": 2})"), "spiral"},
        {"rope factor 0", config("rope_scaling", R"({"rope_type": "llama3", "factor": 0, "low_freq_factor": 1,
                "high_freq_factor": 4, "original_max_position_embeddings": 8192})"), "factor"},
        {"activation unknown", config("hidden_act", "\"relu6\""), "hidden_act"},
        {"context 0", config("max_position_embeddings", "0"), "max_position_embeddings"},
        {"projector unknown", config("mm_projector_type", "\"resampler\""), "resampler"},
        {"projector deeper than weights", config("mm_projector_type", "\"mlp9x_gelu\""), "mm_projector"},
        {"template unknown", config("conversation_template", "\"vicuna\""), "vicuna"},
        {"prompt ids beyond the vocabulary", config("mm_florence_prompt_ids", "[[0, 99999], [0, 2], [0, 2]]"),
         "mm_florence_prompt_ids"},
        {"two prompts for three", config("mm_florence_prompt_ids", "[[0, 2], [0, 2]]"), "mm_florence_prompt_ids"},
        {"generation config malformed", [](const Spoilt& s) { s.write("generation_config.json", "{"); },
         "generation_config.json"},
        {"stored options malformed",
         [](const Spoilt& s) { s.write("fusionscope.json", R"({"encoding": {"pooled_token": "melted"}})"); }, "melted"},
        // the vision tower
        {"tower config malformed", [](const Spoilt& s) { s.write("../vision_tower/config.json", "{"); }, "vision_tower"},
        {"tower window 0", tower("window_size", "0"), "window_size"},
        {"tower heads do not divide", tower("num_heads", "[3, 3, 3, 3]"), "heads"},
        {"tower lists of different length", tower("depths", "[1, 1]"), "depths"},
        {"tower width not the weights'", tower("dim_embed", "[16, 16, 24, 32]"), "model.vision_tower"},
        {"tower depth beyond the weights", tower("depths", "[1, 1, 3, 1]"), "blocks"},
        {"processor absent", [](const Spoilt& s) { remove(s, "../vision_tower/preprocessor_config.json"); },
         "preprocessor_config.json"},
        {"picture size 0", processor("size", R"({"height": 0, "width": 0})"), "size"},
        {"picture size 10^9", processor("size", R"({"height": 1000000000, "width": 1000000000})"), "size"},
        {"picture deviation 0", processor("image_std", "[0, 0, 0]"), "image_std"},
        {"two means for three channels", processor("image_mean", "[0.5, 0.5]"), "image_mean"},
        {"resampling filter unknown", processor("resample", "99"), "resample"},
        // weights
        {"no weights",
         [](const Spoilt& s) { remove(s, first), remove(s, second), remove(s, "model.safetensors.index.json"); }, "weights"},
        {"shard missing", [](const Spoilt& s) { remove(s, second); }, second},
        {"shard empty", [](const Spoilt& s) { s.write(second, ""); }, second},
        {"shard cut short", [](const Spoilt& s) { fs::resize_file(s.model / second, 1000); }, second},
        {"shard cut in its data",
         [](const Spoilt& s) { fs::resize_file(s.model / second, fs::file_size(s.model / second) - 2); }, second},
        {"shard is a folder", [](const Spoilt& s) { remove(s, second), fs::create_directory(s.model / second); }, second},
        {"shard unreadable", [](const Spoilt& s) { fs::permissions(s.model / second, fs::perms::none); }, second},
        {"index names nothing", [](const Spoilt& s) { s.write("model.safetensors.index.json", R"({"weight_map": {}})"); },
         "index.json"},
        {"index leads out of the folder",
         [](const Spoilt& s) {
             s.write("model.safetensors.index.json", R"({"weight_map": {"lm_head.weight": "../../other.safetensors"}})");
         },
         "other.safetensors"},
        {"tensor missing",
         [](const Spoilt& s) {
             s.shard(second, [](auto& tensors) { tensors.erase(tensors.begin()); });
         },
         second},
        {"tensor of whole numbers",
         [](const Spoilt& s) {
             s.shard(first, [](auto& tensors) { tensorIn(tensors, "q_proj").header.dtype = files::DType::I16; });
         },
         "I16"},
        {"tensor turned round",
         [](const Spoilt& s) {
             s.shard(first, [](auto& tensors) {
                 auto& shape = tensorIn(tensors, "down_proj").header.shape;
                 std::swap(shape.at(0), shape.at(1));
             });
         },
         "down_proj"},
        {"a number is NaN",
         [](const Spoilt& s) {
             s.shard(second, [](auto& tensors) {
                 static std::vector<std::byte> spoilt;
                 auto& tensor = tensorIn(tensors, "weight");
                 spoilt.assign(tensor.bytes.begin(), tensor.bytes.end());
                 spoilt[4] = spoilt[5] = std::byte{0xff};
                 tensor.bytes = spoilt;
             });
         },
         "NaN", true},
        {"only a bare pickle",
         [](const Spoilt& s) {
             remove(s, first), remove(s, second), remove(s, "model.safetensors.index.json");
             s.write("pytorch_model.bin", "\x80\x02}q\x00.");
         },
         "pytorch_model.bin"},
        // tokenizer
        {"tokenizer absent", [](const Spoilt& s) { remove(s, "tokenizer.json"); }, "tokenizer", true},
        {"tokenizer empty", [](const Spoilt& s) { s.write("tokenizer.json", ""); }, "tokenizer.json"},
        {"tokenizer 1,000,000 deep", [](const Spoilt& s) { s.write("tokenizer.json", std::string(1000000, '{')); },
         "tokenizer.json"},
        {"tokenizer of an unknown model",
         [](const Spoilt& s) {
             auto object = s.read("tokenizer.json");
             object["model"]["type"] = "Dice";
             s.write("tokenizer.json", object.dump());
         },
         "Dice"},
        {"merge of unknown tokens",
         [](const Spoilt& s) {
             auto object = s.read("tokenizer.json");
             object["model"]["merges"][0] = "qqqqq zzzzz";
             s.write("tokenizer.json", object.dump());
         },
         "merge"},
        {"vocabulary id negative",
         [](const Spoilt& s) {
             auto object = s.read("tokenizer.json");
             object["model"]["vocab"].begin().value() = -1;
             s.write("tokenizer.json", object.dump());
         },
         "tokenizer.json"},
        {"vocabulary id 10^15",
         [](const Spoilt& s) {
             auto object = s.read("tokenizer.json");
             object["model"]["vocab"].begin().value() = 1000000000000000;
             s.write("tokenizer.json", object.dump());
         },
         "tokenizer.json"},
        {"pattern malformed",
         [](const Spoilt& s) {
             auto object = s.read("tokenizer.json");
             object["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "(("}}}, {"behavior", "Isolated"}, {"invert", false}};
             s.write("tokenizer.json", object.dump());
         },
         "tokenizer.json"},
        // the folder itself
        {"folder is a file", [](const Spoilt& s) { fs::remove_all(s.model), std::ofstream(s.model) << "x"; }, "model"},
        {"folder empty", [](const Spoilt& s) { fs::remove_all(s.model), fs::create_directory(s.model); }, "model"},
        {"folder absent", [](const Spoilt& s) { fs::remove_all(s.model); }, "model"},
    };
    return table;
}

const Row& rowNamed(const QString& name) {
    for (const auto& row : rows())
        if (name == QString::fromUtf8(row.name)) return row;
    throw std::runtime_error("no such row");
}

/// Peak memory of this process in bytes since the last call of forgetPeak().
int64_t peakMemory() {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
    return 0;
}
/// Processor time of this process, which other programs on the machine do not lengthen.
double processorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

engine::LoadOptions inOneThread() {
    engine::LoadOptions options;
    options.threads = 1;
    return options;
}

void forgetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

}  // namespace

/// Spoilt checkpoints: each is refused with a sentence that names file and reason, quickly, within little memory.
class BadCheckpoint : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_count = 0;

    Spoilt spoilt(const Row& row) {
        const fs::path root = fs::path(m_folder.path().toStdString()) / std::to_string(m_count++);
        fs::copy(source("tests/golden/florence-vl/llama3-tiny-a").toStdString(), root, fs::copy_options::recursive);
        const Spoilt copy{root / "model"};
        row.spoil(copy);
        return copy;
    }

    static bool hidesUnreadable(const Row& row) { return geteuid() == 0 && QByteArray(row.name) == "shard unreadable"; }

    static void rowsAsData() {
        QTest::addColumn<QString>("row");
        for (const auto& row : rows()) QTest::newRow(row.name) << QString::fromUtf8(row.name);
    }

    static void someRowsAsData() {
        QTest::addColumn<QString>("row");
        for (const char* name : {"config absent", "width not the weights'", "tensor missing", "tokenizer absent",
                                 "template unknown", "folder is a file"})
            QTest::newRow(name) << QString::fromUtf8(name);
    }

  private slots:
    void initTestCase() {
        QVERIFY(m_folder.isValid());
        // The unspoilt one is sound, and has paid for whatever is made once.
        const auto folder = source("tests/golden/florence-vl/llama3-tiny-a/model").toStdString();
        const auto report = engine::inspectFolder(folder, true);
        QVERIFY2(report.loadable, report.findings.empty() ? "" : report.findings.front().text.c_str());
        QVERIFY(engine::Model::load(folder, inOneThread()));
    }

    void isRefusedQuicklyWithinLittleMemory_data() { rowsAsData(); }
    void isRefusedQuicklyWithinLittleMemory() {
        QFETCH(QString, row);
        const auto& bad = rowNamed(row);
        if (hidesUnreadable(bad)) QSKIP("root reads every file");
        const auto folder = spoilt(bad).model;
        forgetPeak();
        const auto before = peakMemory();
        const double start = processorSeconds();
        std::string sentence;
        try {
            engine::Model::load(folder, inOneThread());
            QVERIFY2(bad.loads, "was loaded");
        } catch (const Error& error) {
            sentence = error.what();
        }
        const double seconds = processorSeconds() - start;
        if (!bad.loads) QVERIFY2(sentence.find(bad.says) != std::string::npos, sentence.c_str());
        QVERIFY2(sentence.find('\n') == std::string::npos, sentence.c_str());
        QVERIFY2(seconds < 1, qPrintable(QString::number(seconds)));
        const auto taken = peakMemory() - before;
        QVERIFY2(taken < (int64_t{64} << 20), qPrintable(QString::number(taken)));
    }

    void isToldByACheck_data() { rowsAsData(); }
    void isToldByACheck() {
        QFETCH(QString, row);
        const auto& bad = rowNamed(row);
        if (hidesUnreadable(bad)) QSKIP("root reads every file");
        const auto folder = spoilt(bad).model;
        const double start = processorSeconds();
        std::string sentences;
        try {
            const auto report = engine::inspectFolder(folder, true);
            QVERIFY(!report.loadable);
            for (const auto& finding : report.findings)
                if (finding.weight == engine::Finding::Weight::Refusal) sentences += finding.text + " ";
        } catch (const Error& error) {
            sentences = error.what();
        }
        const double seconds = processorSeconds() - start;
        QVERIFY2(seconds < 1, qPrintable(QString::number(seconds)));
        QVERIFY2(sentences.find(bad.says) != std::string::npos, sentences.c_str());
        QVERIFY2(sentences.find('\n') == std::string::npos, sentences.c_str());
    }

    void infoTellsInOneSentence_data() { someRowsAsData(); }
    void infoTellsInOneSentence() {
        QFETCH(QString, row);
        const auto& bad = rowNamed(row);
        const auto folder = spoilt(bad).model;
        const auto run = runProgram({"info", QString::fromStdString(folder.string()), "--check"});
        QVERIFY(run.ended);
        QCOMPARE(run.code, 1);
        QVERIFY2(run.err.count('\n') == 1 && run.err.startsWith("fusionscope-cli: "), run.err);
        QVERIFY2((run.out + run.err).contains(bad.says), run.out + run.err);
    }

    void chatRefusesToStart_data() { someRowsAsData(); }
    void chatRefusesToStart() {
        QFETCH(QString, row);
        const auto folder = spoilt(rowNamed(row)).model;
        const auto run = runProgram({"chat", "--model", QString::fromStdString(folder.string()), "Hello"});
        QVERIFY(run.ended);
        QCOMPARE(run.code, 1);
        QVERIFY2(run.out.isEmpty(), run.out);
        QVERIFY2(run.err.count('\n') == 1, run.err);
    }
};

QTEST_GUILESS_MAIN(BadCheckpoint)
#include "bad_checkpoint_test.moc"
