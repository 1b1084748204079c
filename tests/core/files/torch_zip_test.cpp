#include "core/files/torch_zip.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/files/error.h"
#include "core/files/safetensors.h"
#include "file_builders.h"

using namespace fusionscope;
using namespace fusionscope::files;
using namespace fusionscope::test;
namespace fs = std::filesystem;

class TorchZipTest : public QObject {
    Q_OBJECT

  private slots:
    void equalsTheSafetensorsOfTheSameModel();
    void readsParametersNotesAndSharedStorages();
    void copiesTensorsThatAreNotContiguous();
    void refusesTensorsThatRepeatTheirStorage();
    void refusesWhatCouldRun_data();
    void refusesWhatCouldRun();
    void survivesEveryTruncationAndFlippedByte();

  private:
    fs::path path(const char* name) const { return fs::path(m_folder.path().toStdString()) / name; }
    TensorTable read(const std::string& pickle, const std::map<std::string, std::string>& storages) const {
        writeFile(path("pytorch_model.bin"), torchZip(pickle, storages));
        return readTorchZip(path("pytorch_model.bin"));
    }
    QTemporaryDir m_folder;
};

// The values of this model were chosen to be representable in every type.
void TorchZipTest::equalsTheSafetensorsOfTheSameModel() {
    const auto folder = fs::path(FUSIONSCOPE_SOURCE_DIR) / "tests/golden/florence2/tiny-a";
    const auto archive = readTorchZip(folder / "model-bf16-bin/pytorch_model.bin");
    const auto reference = readSafetensors(folder / "model/model.safetensors").tensors;
    std::size_t compared = 0;
    for (const auto& [name, entry] : archive) {
        const auto found = reference.find(name);
        QVERIFY2(found != reference.end(), name.c_str());
        QCOMPARE(entry.shape, found->second.shape);
        if (entry.dtype == DType::BF16) {
            QVERIFY(values(entry) == values(found->second));
            ++compared;
        }
    }
    QVERIFY2(compared > 290, std::to_string(compared).c_str());
}

void TorchZipTest::readsParametersNotesAndSharedStorages() {
    const auto storage = pickle::storage("FloatStorage", "0", 6);
    const std::string parameter = pickle::global("torch._utils", "_rebuild_parameter") +
                                  pickle::tuple(pickle::tensor(storage, 0, {2, 3}, {3, 1}) + "\x88" + pickle::orderedDict()) + 'R';
    // An OrderedDict with its `_metadata`, as the state of a module is saved.
    const std::string data = "\x80\x02" + pickle::orderedDict() + "(" + pickle::text("whole") + parameter + pickle::text("tail") +
                             pickle::tensor(storage, 4, {2}, {1}) + pickle::text("empty") + pickle::tensor(storage, 6, {0}, {1}) +
                             "u}" + pickle::text("_metadata") + pickle::orderedDict() + "sb.";
    const auto tensors = read(data, {{"0", counting(6)}});
    QCOMPARE(tensors.size(), 3U);
    QCOMPARE(values(tensors.at("whole")), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    QCOMPARE(values(tensors.at("tail")), (std::vector<float>{4, 5}));
    QVERIFY(tensors.at("tail").bytes.data() == tensors.at("whole").bytes.data() + 16);
    QCOMPARE(tensors.at("empty").elements(), 0);
}

void TorchZipTest::copiesTensorsThatAreNotContiguous() {
    const auto storage = pickle::storage("FloatStorage", "0", 6);
    const auto tensors = read(pickle::dictionary(pickle::text("t") + pickle::tensor(storage, 0, {3, 2}, {1, 3})), {{"0", counting(6)}});
    QCOMPARE(values(tensors.at("t")), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

void TorchZipTest::refusesTensorsThatRepeatTheirStorage() {
    const auto storage = pickle::storage("FloatStorage", "0", 1);
    QVERIFY_EXCEPTION_THROWN(
        read(pickle::dictionary(pickle::text("t") + pickle::tensor(storage, 0, {100000, 100000}, {0, 0})), {{"0", counting(1)}}),
        Error);
}

void TorchZipTest::refusesWhatCouldRun_data() {
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QString>("named");
    const auto row = [](const char* name, const std::string& pickle, const char* named) {
        QTest::newRow(name) << QByteArray::fromStdString(pickle) << named;
    };
    const auto command = pickle::tuple(pickle::text("touch /tmp/ran"));
    row("os.system", "\x80\x02" + pickle::global("os", "system") + command + "R.", "os.system");
    row("builtins.eval", "\x80\x02" + pickle::global("builtins", "eval") + command + "R.", "builtins.eval");
    row("posix.system inside", pickle::dictionary(pickle::text("a") + pickle::global("posix", "system") + command + "R"), "posix.system");
    row("torch.load", pickle::global("torch", "load") + ".", "torch.load");
    row("unknown storage", pickle::global("torch", "QUInt8Storage") + ".", "torch.QUInt8Storage");
    row("INST", "(ios\nsystem\n.", "INST");
    row("OBJ", "(o.", "OBJ");
    row("NEWOBJ", "}\x81.", "NEWOBJ");
    row("STACK_GLOBAL", pickle::text("os") + pickle::text("system") + "\x93.", "STACK_GLOBAL");
    row("extension", "\x82\x01.", "EXT1");
    row("byte of no opcode", "\xff.", "unknown (255)");
    row("call of a dictionary", "})R.", "a call");
}

void TorchZipTest::refusesWhatCouldRun() {
    QFETCH(QByteArray, pickle);
    QFETCH(QString, named);
    try {
        read(pickle.toStdString(), {});
        QFAIL("accepted");
    } catch (const Error& error) {
        QVERIFY2(QString(error.what()).contains(named), error.what());
        QVERIFY2(QString(error.what()).contains("pytorch_model.bin"), error.what());
    }
}

void TorchZipTest::survivesEveryTruncationAndFlippedByte() {
    const auto storage = pickle::storage("FloatStorage", "0", 4);
    const auto good = torchZip(pickle::dictionary(pickle::text("t") + pickle::tensor(storage, 0, {2, 2}, {1, 2})), {{"0", counting(4)}});
    const auto attempt = [&](const std::string& bytes) {
        writeFile(path("broken.bin"), bytes);
        try {
            for (const auto& [name, entry] : readTorchZip(path("broken.bin")))
                QVERIFY(byteCount(entry.dtype, entry.shape) == static_cast<int64_t>(entry.bytes.size()));
        } catch (const Error&) {
        }
    };
    for (std::size_t length = 0; length < good.size(); ++length) attempt(good.substr(0, length));
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ (at % 2 == 0 ? 0xff : 1));
        attempt(bytes);
    }
}

QTEST_GUILESS_MAIN(TorchZipTest)
#include "torch_zip_test.moc"
