#include "core/files/model_folder.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/files/error.h"
#include "core/files/safetensors.h"
#include "file_builders.h"

using namespace fusionscope;
using namespace fusionscope::files;
using namespace fusionscope::test;
namespace fs = std::filesystem;
using namespace std::string_literals;

namespace {

fs::path golden() { return fs::path(FUSIONSCOPE_SOURCE_DIR) / "tests/golden"; }

std::string shard(const std::string& tensor) {
    return safetensors(std::string("{") + declared(tensor, "F32", "1", "0,4") + "}", floats({1}));
}

}  // namespace

class ModelFolderTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void readsEveryForm_data();
    void readsEveryForm();
    void joinsShardsAndReportsStrayTensors();
    void prefersSafetensors();
    void takesTheOnlyVariant();
    void readsOneGgufFileAsAFolder();
    void readsGgufBesideConfig();
    void findsNestedFilesAndStaysInside();
    void notesWhatIsMissingAndWhatIsNotUsed();
    void goldenFoldersHaveNothingToNote();
    void refusesWhatIsNoModel();
    void followsLinksAsTheHubCacheHasThem();

  private:
    fs::path root() const { return m_folder->path().toStdString(); }
    void write(const char* name, const std::string& bytes) const { writeFile(root() / name, bytes); }
    static QString problemOf(const std::function<void()>& act) {
        try {
            act();
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void ModelFolderTest::readsEveryForm_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<int>("form");
    QTest::addColumn<int>("files");
    QTest::newRow("one file") << "florence2/tiny-a/model" << int(WeightForm::Safetensors) << 1;
    QTest::newRow("two shards") << "florence2/tiny-a/model-fp16-sharded" << int(WeightForm::Safetensors) << 2;
    QTest::newRow("three shards") << "florence2/tiny-a/model-native" << int(WeightForm::Safetensors) << 3;
    QTest::newRow("bin") << "florence2/tiny-a/model-bf16-bin" << int(WeightForm::TorchZip) << 1;
    QTest::newRow("florence-vl llama") << "florence-vl/llama3-tiny-a/model" << int(WeightForm::Safetensors) << 2;
    QTest::newRow("florence-vl phi") << "florence-vl/phi3-tiny-a/model" << int(WeightForm::Safetensors) << 1;
}

void ModelFolderTest::readsEveryForm() {
    QFETCH(QString, folder);
    QFETCH(int, form);
    QFETCH(int, files);
    const auto model = ModelFolder::open(golden() / folder.toStdString());
    QCOMPARE(static_cast<int>(model.weightForm()), form);
    QCOMPARE(static_cast<int>(model.weightFiles().size()), files);
    QVERIFY(model.tensors().size() > 250);
    QVERIFY(&model.tensors() == &ModelFolder(model).tensors());
    uint64_t largest = 0;
    for (const auto& [name, entry] : model.tensors()) largest = std::max<uint64_t>(largest, entry.bytes.size());
    QVERIFY(largest < model.weightBytes());
    QVERIFY(model.json("config.json").is_object());
    QVERIFY(!model.jsonIf("video_preprocessor_config.json"));
    QVERIFY(model.gguf() == nullptr);
}

void ModelFolderTest::joinsShardsAndReportsStrayTensors() {
    write("model.safetensors.index.json", R"({"metadata":{"total_size":8},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
    write("one.safetensors", shard("a"));
    write("two.safetensors", safetensors(std::string("{") + declared("b", "F32", "1", "0,4") + "," + declared("a", "F32", "1", "4,8") + "}", floats({1, 2})));
    const auto folder = ModelFolder::open(root());
    QCOMPARE(folder.tensors().size(), 2U);
    QCOMPARE(folder.tensors().at("a").file, (root() / "one.safetensors").string());
    bool noted = false;
    for (const auto& note : folder.notes()) noted = noted || note.what == "two.safetensors: a";
    QVERIFY(noted);
}

void ModelFolderTest::prefersSafetensors() {
    write("model.safetensors", shard("a"));
    write("pytorch_model.bin", "");
    QVERIFY(ModelFolder::open(root()).tensors().contains("a"));
}

void ModelFolderTest::takesTheOnlyVariant() {
    write("model.fp16.safetensors", shard("a"));
    QVERIFY(ModelFolder::open(root()).tensors().contains("a"));
    write("model.fp32.safetensors", shard("a"));
    QVERIFY(problemOf([&] { ModelFolder::open(root()).tensors(); }).contains("model.fp16.safetensors"));
}

void ModelFolderTest::readsOneGgufFileAsAFolder() {
    auto builder = smallGguf();
    write("tiny.gguf", addTensors(builder).build());
    const auto model = ModelFolder::open(root() / "tiny.gguf");
    QCOMPARE(model.tensors().size(), 11U);
    QCOMPARE(model.json("config.json")["model_type"].get<std::string>(), "llama"s);
    QVERIFY(model.jsonIf("generation_config.json"));
    QVERIFY(!model.jsonIf("preprocessor_config.json"));
    QVERIFY(model.gguf()->tokenizer);
    QVERIFY(model.notes().empty());
    QCOMPARE(model.weightBytes(), fs::file_size(root() / "tiny.gguf"));
}

void ModelFolderTest::readsGgufBesideConfig() {
    auto builder = smallGguf();
    write("tiny.gguf", addTensors(builder).build());
    write("config.json", R"({"model_type":"mine"})");
    const auto model = ModelFolder::open(root());
    QCOMPARE(model.json("config.json")["model_type"].get<std::string>(), "mine"s);
    QCOMPARE(model.tensors().size(), 11U);
}

void ModelFolderTest::findsNestedFilesAndStaysInside() {
    write("vision_tower/config.json", "{}");
    write("weights.txt", "");
    const auto folder = ModelFolder::open(root());
    QVERIFY(folder.has("vision_tower/config.json"));
    QVERIFY(folder.json("vision_tower/config.json").is_object());
    QVERIFY(!folder.has((fs::path("..") / root().filename() / "weights.txt").string()));
    QVERIFY(problemOf([&] { folder.file("../x"); }).contains("leads out"));
    QVERIFY(problemOf([&] { folder.file("/etc/passwd"); }).contains("leads out"));
    QVERIFY(problemOf([&] { folder.json("config.json"); }).contains("config.json: is missing"));
}

void ModelFolderTest::notesWhatIsMissingAndWhatIsNotUsed() {
    write("model.safetensors", shard("a"));
    write("pytorch_model.bin", "");
    write("modeling_florence2.py", "import os");
    write("README.md", "");
    QStringList notes;
    for (const auto& note : ModelFolder::open(root()).notes())
        notes << QString("%1 %2: %3").arg(note.kind == FolderNote::Kind::Missing ? "missing" : "unexpected",
                                         QString::fromStdString(note.what), QString::fromStdString(note.why));
    QCOMPARE(notes, (QStringList{"missing config.json: the model's sizes are unknown",
                                 "missing tokenizer.json: there is no other tokenizer either",
                                 "unexpected modeling_florence2.py: code beside a model is never run",
                                 "unexpected pytorch_model.bin: the weights are read from model.safetensors"}));
}

void ModelFolderTest::goldenFoldersHaveNothingToNote() {
    for (const char* folder : {"florence2/tiny-a/model-native", "florence-vl/phi3-tiny-a/model", "florence-vl/llama3-tiny-a/model"})
        QVERIFY(ModelFolder::open(golden() / folder).notes().empty());
}

void ModelFolderTest::refusesWhatIsNoModel() {
    QVERIFY(problemOf([&] { ModelFolder::open(root() / "none"); }).contains("No such file"));
    write("notes.txt", "");
    QVERIFY(problemOf([&] { ModelFolder::open(root() / "notes.txt"); }).contains("expected a folder"));
    QVERIFY(problemOf([&] { ModelFolder::open(root()).tensors(); }).contains("holds no weights"));
    write("flax_model.msgpack", "");
    QVERIFY(problemOf([&] { ModelFolder::open(root()).tensors(); }).contains("flax_model.msgpack"));
}

void ModelFolderTest::followsLinksAsTheHubCacheHasThem() {
    write("blobs/0123", shard("a"));
    fs::create_directories(root() / "snapshots/main");
    fs::create_symlink("../../blobs/0123", root() / "snapshots/main/model.safetensors");
    QVERIFY(ModelFolder::open(root() / "snapshots/main").tensors().contains("a"));
}

QTEST_GUILESS_MAIN(ModelFolderTest)
#include "model_folder_test.moc"
