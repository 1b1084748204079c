#include "tests/tools/checkpoint_plan.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/files/error.h"
#include "core/files/model_folder.h"

using namespace fusionscope;
using namespace fusionscope::tools;

namespace {
const std::filesystem::path golden = FUSIONSCOPE_SOURCE_DIR "/tests/golden";
}

class CheckpointPlanTest : public QObject {
    Q_OBJECT

  private slots:
    void hasThePublishedTensors_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<qsizetype>("tensors");
        QTest::addColumn<qint64>("parameters");
        QTest::newRow("Florence-2-base") << "florence-2-base" << qsizetype{669} << qint64{349'737'561};
        QTest::newRow("Florence-2-large") << "florence-2-large" << qsizetype{921} << qint64{927'989'849};
        QTest::newRow("Florence-VL 3B") << "florence-vl-3b" << qsizetype{1122} << qint64{4'780'535'897};
        QTest::newRow("Florence-VL 8B") << "florence-vl-8b" << qsizetype{1218} << qint64{9'008'603'225};
        QTest::newRow("SmolVLM 256M") << "smolvlm-256m" << qsizetype{471} << qint64{256'484'928};
        QTest::newRow("Idefics3 8B") << "idefics3-8b" << qsizetype{729} << qint64{8'462'086'384};
        QTest::newRow("LLaVA-OneVision 0.5B") << "llava-onevision-0.5b" << qsizetype{716} << qint64{893'675'552};
        QTest::newRow("LLaVA-OneVision 7B") << "llava-onevision-7b" << qsizetype{765} << qint64{8'030'807'584};
    }
    void hasThePublishedTensors() {
        QFETCH(QString, name);
        QFETCH(qsizetype, tensors);
        QFETCH(qint64, parameters);
        const CheckpointPlan plan = planCheckpoint(name.toStdString(), Scale::Full, golden);
        QCOMPARE(static_cast<qsizetype>(plan.tensors().size()), tensors);
        QCOMPARE(static_cast<qint64>(plan.bytes() / 2), parameters);
    }

    void writesShardsThatReadBackWithTiedTablesEqual() {
        const QTemporaryDir scratch;
        const auto folder = std::filesystem::path(scratch.path().toStdString()) / "made";
        const CheckpointPlan plan = planCheckpoint("florence-vl-3b", Scale::Tiny, golden);
        writeCheckpoint(plan, golden, folder, plan.bytes() / 3);

        const auto opened = files::ModelFolder::open(folder);
        QVERIFY(opened.weightFiles().size() >= 3);
        QCOMPARE(opened.tensors().size(), plan.tensors().size());
        const std::string language = "model.vision_tower.vision_tower.language_model.";
        const auto& shared = opened.tensors().at(language + "model.shared.weight");
        const auto& head = opened.tensors().at(language + "lm_head.weight");
        QVERIFY(std::ranges::equal(shared.bytes, head.bytes));
        QVERIFY(std::ranges::any_of(shared.bytes, [](std::byte value) { return value != std::byte{0}; }));
    }

    void refusesToWriteOverAFolder() {
        const QTemporaryDir scratch;
        const CheckpointPlan plan = planCheckpoint("llama-1b", Scale::Tiny, golden);
        QVERIFY_THROWS_EXCEPTION(Error, writeCheckpoint(plan, golden, scratch.path().toStdString()));
    }
};

QTEST_GUILESS_MAIN(CheckpointPlanTest)
#include "checkpoint_plan_test.moc"
