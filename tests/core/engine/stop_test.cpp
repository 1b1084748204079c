#include <QElapsedTimer>
#include <QtTest>
#include <functional>

#include "core/engine/atlas.h"
#include "core/engine/model.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;

namespace {

const std::string nano = FUSIONSCOPE_SOURCE_DIR "/models/nano";
const std::string sample = FUSIONSCOPE_SOURCE_DIR "/resources/samples/world-beach.png";
constexpr int mostStops = 24;  // of each task, spread over all that it reports

/// Something long. Returns false when it was stopped and says so by its result instead of throwing.
using Task = std::function<bool(const Control&)>;

ChatRequest question() {
    ChatRequest request;
    request.pictures.push_back(PictureHandle::read(sample));
    request.messages.push_back({text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText("What place is this?")}});
    return request;
}

int reportsOf(const Task& task) {
    int reports = 0;
    task({{}, [&](const Progress&) { ++reports; }});
    return reports;
}

}  // namespace

/// Stop works at any moment of loading, encoding, reading the prompt, answering and making maps.
class StopTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void stopsAtOnceWhereverItIs_data();
    void stopsAtOnceWhereverItIs();
    void answersTheSameAfterBeingStopped();

  private:
    bool load(const Control& control) {
        Model::load(nano, {}, control);
        return true;
    }
    bool answer(const Control& control) {
        m_model->forget();
        ChatCallbacks callbacks;
        return m_model->chat(question(), callbacks, control).reason != StopReason::Stopped;
    }
    bool makeMaps(const Control& control) {
        m_model->forget();
        const auto options = m_model->encodeOptions();
        auto chosen = chooseMaps(m_model->activations(options), {}, {});
        std::erase_if(chosen, [](const models::ActivationInfo& info) { return info.name.starts_with("llm/"); });  // of a prompt
        std::vector<std::string> names;
        for (const auto& info : chosen) names.push_back(info.name);
        makeAtlas(chosen, m_model->featureMaps(names, PictureHandle::read(sample), {}, options, control), {}, control);
        return true;
    }

    std::unique_ptr<Model> m_model;
};

void StopTest::initTestCase() { m_model = Model::load(nano); }

void StopTest::stopsAtOnceWhereverItIs_data() {
    QTest::addColumn<Task>("task");
    QTest::newRow("load") << Task([this](const Control& control) { return load(control); });
    QTest::newRow("answer") << Task([this](const Control& control) { return answer(control); });
    QTest::newRow("maps") << Task([this](const Control& control) { return makeMaps(control); });
}

void StopTest::stopsAtOnceWhereverItIs() {
    QFETCH(Task, task);
    const int reports = reportsOf(task);
    QVERIFY(reports > 0);
    const int step = std::max(1, reports / mostStops);
    qint64 longest = 0;
    QString where;
    for (int at = 1; at <= reports; at += step) {
        std::stop_source source;
        int reported = 0;
        QString last;
        QElapsedTimer sinceStop;
        const Control control{source.get_token(), [&](const Progress& progress) {
            last = QString::fromStdString(progress.task);
            if (++reported != at) return;
            source.request_stop();
            sinceStop.start();
        }};
        bool stopped = false;
        try {
            stopped = !task(control);
        } catch (const Stopped&) {
            stopped = true;
        }
        // What is stopped after its last layer or token has nothing left to stop.
        QVERIFY2(stopped || at + step > reports, qPrintable(QString("%1 of %2, “%3”, went on to its end").arg(at).arg(reports).arg(last)));
        QVERIFY2(reported <= at + 1, qPrintable(QString("%1 of %2: “%3” still came").arg(at).arg(reports).arg(last)));
        if (stopped && sinceStop.elapsed() > longest) {
            longest = sinceStop.elapsed();
            where = last;
        }
    }
    qInfo("%d reports; stopped after %lld ms at most, in “%s” (aim: 200 ms or one layer)", reports, static_cast<long long>(longest),
          qPrintable(where));
}

void StopTest::answersTheSameAfterBeingStopped() {
    m_model->forget();
    const auto whole = m_model->chat(question()).text;
    for (int at : {1, 3, 9}) {
        std::stop_source source;
        int reported = 0;
        m_model->forget();
        try {
            m_model->chat(question(), {}, {source.get_token(), [&](const Progress&) {
                if (++reported == at) source.request_stop();
            }});
        } catch (const Stopped&) {
        }
        QCOMPARE(m_model->chat(question()).text, whole);
    }
}

QTEST_GUILESS_MAIN(StopTest)
#include "stop_test.moc"
