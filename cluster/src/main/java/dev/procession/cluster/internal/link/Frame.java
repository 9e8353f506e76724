package dev.procession.cluster.internal.link;

import dev.procession.cluster.internal.code.CodeFile;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.parent.ClassFinder.Content;
import dev.procession.internal.parent.ClassFinder.Finding;
import dev.procession.internal.wire.ClassAnswer.Status;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What submitters and members say to each other. A message is a row of frames, each a byte that
 * says which, and its fields in order; numbers big endian.
 *
 * <p>What is read is untrusted.
 */
public sealed interface Frame {
  /** Both sides have to speak the same. */
  int VERSION = 1;

  /** Its byte. */
  Type type();

  /** What a frame has beside its bytes and texts, about. */
  long FIELDS = 64;

  /** About how many bytes it has. */
  default long roughSize() {
    return FIELDS;
  }

  /** Writes its fields, if it has any. */
  default void write(FrameWriter out) {}

  /** Which frames there are; the ordinal is what is written. */
  enum Type {
    ATTACH(Attach::read),
    DEFINE(Define::read),
    RUN(Run::read),
    RECALL(Recall::read),
    CANCEL(Cancel::read),
    DEMAND(Demand::read),
    PIECE(Piece::read),
    GRANTED(Granted::read),
    FOUND(Found::read),
    RELEASED(Released::read),
    DETACH(Detach::read),
    ASK(Ask::read),
    CONDEMN(Condemn::read),
    ENTRUST(Entrust::read),
    CLAIM(Claim::read),
    FORGET(Forget::read),
    PRINTED(Printed::read),
    HEARD(Heard::read),
    SHARE(Share::read),
    PRELOAD(Preload::read),
    UNSHARE(Unshare::read),
    NOTED(in -> new Noted()),
    DRAIN(in -> new Drain()),
    LEFT(Left::read),
    DETACHED(in -> new Detached()),
    ANSWER(Answer::read),
    TOLD(Told::read),
    LACK(Lack::read),
    ENTRUSTED(Entrusted::read),
    CLAIMED(Claimed::read),
    REFUSED(Refused::read),
    NEED(Need::read),
    RENEW(Renew::read),
    LOOKUP(Lookup::read),
    CAPACITY(Capacity::read),
    BEGUN(Begun::read),
    RESULT(Result::read),
    OVER(Over::read),
    ENDED(Ended::read),
    CUT(Cut::read),
    RETURNED(Returned::read),
    KEPT(Kept::read),
    PROGRESS(Progress::read),
    OUTPUT(Output::read);

    private static final Type[] ALL = values();
    private final Reader reader;

    Type(Reader reader) {
      this.reader = reader;
    }

    private interface Reader {
      Frame read(FrameReader in) throws IOException;
    }

    /** Reads the fields of such a frame. */
    Frame read(FrameReader in) throws IOException {
      return reader.read(in);
    }

    static Type of(int ordinal) throws InvalidObjectException {
      if (ordinal < 0 || ordinal >= ALL.length) {
        throw new InvalidObjectException("a frame of type " + ordinal);
      }
      return ALL[ordinal];
    }
  }

  /* ---- From submitters ---- */

  /**
   * The first one: what a member's workers are to be for this submitter.
   *
   * @param version of these frames
   * @param number tells this beginning from those before it; {@link Renew} says it again
   * @param pool its name
   * @param options of the pool, as text
   * @param serializer class name of the task serializer
   * @param serializerLoader number of the class loader that finds it
   * @param initializer encoded, empty if there is none
   * @param code the class path
   */
  record Attach(
      int version,
      int number,
      String pool,
      Map<String, String> options,
      String serializer,
      int serializerLoader,
      byte[] initializer,
      List<CodeFile> code)
      implements Frame {
    private static final int MOST_OPTIONS = 10_000;
    private static final int MOST_FILES = 100_000;

    /** The same of another number. */
    public Attach numbered(int other) {
      return new Attach(
          version, other, pool, options, serializer, serializerLoader, initializer, code);
    }

    @Override
    public Type type() {
      return Type.ATTACH;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(version);
      out.writeInt(number);
      out.writeText(pool);
      out.writeInt(options.size());
      for (Map.Entry<String, String> option : options.entrySet()) {
        out.writeText(option.getKey());
        out.writeText(option.getValue());
      }
      out.writeText(serializer);
      out.writeInt(serializerLoader);
      out.writeBytes(initializer);
      out.writeInt(code.size());
      for (CodeFile file : code) {
        out.writeText(file.hash());
        out.writeLong(file.size());
        out.writeText(file.name());
      }
    }

    static Attach read(FrameReader in) throws IOException {
      int version = in.readInt();
      int number = in.readInt();
      String pool = in.readText();
      int count = in.readInt();
      if (count < 0 || count > MOST_OPTIONS) {
        throw new InvalidObjectException(count + " options");
      }
      Map<String, String> options = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        options.put(in.readText(), in.readText());
      }
      String serializer = in.readText();
      int serializerLoader = in.readInt();
      byte[] initializer = in.readBytes();
      int files = in.readInt();
      if (files < 0 || files > MOST_FILES) {
        throw new InvalidObjectException("a class path of " + files + " jars");
      }
      List<CodeFile> code = new ArrayList<>();
      for (int i = 0; i < files; i++) {
        code.add(new CodeFile(in.readText(), in.readLong(), in.readText()));
      }
      return new Attach(
          version, number, pool, options, serializer, serializerLoader, initializer, code);
    }
  }

  /**
   * The next bytes of a jar that was asked for.
   *
   * @param hash of the jar
   */
  record Piece(String hash, byte[] bytes) implements Frame {
    @Override
    public Type type() {
      return Type.PIECE;
    }

    @Override
    public long roughSize() {
      return FIELDS + bytes.length;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeText(hash);
      out.writeBytes(bytes);
    }

    static Piece read(FrameReader in) throws IOException {
      return new Piece(in.readText(), in.readBytes());
    }
  }

  /**
   * What a lambda's number stands for in calls from here on.
   *
   * @param lambda its number at the submitter
   */
  record Define(int lambda, byte[] definition) implements Frame {
    @Override
    public Type type() {
      return Type.DEFINE;
    }

    @Override
    public long roughSize() {
      return FIELDS + definition.length;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(lambda);
      out.writeBytes(definition);
    }

    static Define read(FrameReader in) throws IOException {
      return new Define(in.readInt(), in.readBytes());
    }
  }

  /**
   * A call to be run.
   *
   * @param call its number, of which this member has none yet
   * @param task number of the task
   * @param name of the task
   * @param count elements of a chunk, 1 otherwise
   * @param timeoutNanos for it or each of its elements, 0 for none
   * @param crashes attempts before this one
   * @param suspect whether one of them took its worker along
   * @param needsSerializer whether a worker reads it with its serializer
   * @param context what goes along with it, if anything
   * @param payload its encoded work
   */
  record Run(
      long call,
      long task,
      String name,
      CallKind kind,
      int count,
      long timeoutNanos,
      int priority,
      int crashes,
      boolean suspect,
      boolean needsSerializer,
      byte @Nullable [] context,
      byte[] payload)
      implements Frame {
    private static final CallKind[] KINDS = CallKind.values();

    @Override
    public Type type() {
      return Type.RUN;
    }

    @Override
    public long roughSize() {
      return FIELDS + payload.length + (context == null ? 0 : context.length) + name.length();
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeLong(task);
      out.writeText(name);
      out.writeByte(kind.ordinal());
      out.writeInt(count);
      out.writeLong(timeoutNanos);
      out.writeInt(priority);
      out.writeInt(crashes);
      out.writeBoolean(suspect);
      out.writeBoolean(needsSerializer);
      out.writeBoolean(context != null);
      if (context != null) {
        out.writeBytes(context);
      }
      out.writeBytes(payload);
    }

    static Run read(FrameReader in) throws IOException {
      long call = in.readLong();
      long task = in.readLong();
      String name = in.readText();
      int kind = in.readByte();
      int count = in.readInt();
      long timeout = in.readLong();
      int priority = in.readInt();
      int crashes = in.readInt();
      if (kind < 0 || kind >= KINDS.length || count < 1 || timeout < 0 || crashes < 0) {
        throw new InvalidObjectException(
            "call " + call + " of kind " + kind + ", " + count + " elements, " + timeout + " ns");
      }
      boolean suspect = in.readBoolean();
      boolean needsSerializer = in.readBoolean();
      byte[] context = in.readBoolean() ? in.readBytes() : null;
      byte[] payload = in.readBytes();
      return new Run(
          call,
          task,
          name,
          KINDS[kind],
          count,
          timeout,
          priority,
          crashes,
          suspect,
          needsSerializer,
          context,
          payload);
    }
  }

  /**
   * Give these back if no worker has begun them; each is answered by {@link Returned} or {@link
   * Kept}, unless it has ended meanwhile.
   */
  record Recall(List<Long> calls) implements Frame {
    @Override
    public Type type() {
      return Type.RECALL;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLongs(calls);
    }

    static Recall read(FrameReader in) throws IOException {
      return new Recall(in.readLongs());
    }
  }

  /** Stop that call; its end is told as ever. */
  record Cancel(long call) implements Frame {
    @Override
    public Type type() {
      return Type.CANCEL;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
    }

    static Cancel read(FrameReader in) throws IOException {
      return new Cancel(in.readLong());
    }
  }

  /** Whether there is more to run than all members have been given. */
  record Demand(boolean more) implements Frame {
    @Override
    public Type type() {
      return Type.DEMAND;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeBoolean(more);
    }

    static Demand read(FrameReader in) throws IOException {
      return new Demand(in.readBoolean());
    }
  }

  /**
   * The answer to {@link Renew}.
   *
   * @param asked what that said
   */
  record Granted(long asked) implements Frame {
    @Override
    public Type type() {
      return Type.GRANTED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(asked);
    }

    static Granted read(FrameReader in) throws IOException {
      return new Granted(in.readLong());
    }
  }

  /**
   * The answer to {@link Lookup}.
   *
   * @param id of the question
   * @param finding each of its contents with bytes, unless every JVM can read the URL
   */
  record Found(int id, Finding finding) implements Frame {
    private static final Status[] STATUSES = Status.values();

    @Override
    public Type type() {
      return Type.FOUND;
    }

    @Override
    public long roughSize() {
      long size = FIELDS + finding.text().length();
      for (Content content : finding.contents()) {
        byte[] bytes = content.bytes();
        size += FIELDS + content.url().length() + (bytes == null ? 0 : bytes.length);
      }
      return size;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(id);
      out.writeByte(finding.status().ordinal());
      out.writeInt(finding.loader());
      out.writeText(finding.text());
      out.writeInt(finding.contents().size());
      for (Content content : finding.contents()) {
        byte[] bytes = content.bytes();
        out.writeText(content.url());
        out.writeBoolean(bytes != null);
        if (bytes != null) {
          out.writeBytes(bytes);
        }
      }
    }

    static Found read(FrameReader in) throws IOException {
      int id = in.readInt();
      int status = in.readByte();
      if (status < 0 || status >= STATUSES.length) {
        throw new InvalidObjectException("status " + status);
      }
      int loader = in.readInt();
      String text = in.readText();
      int count = in.readInt();
      if (count < 0 || count > in.available()) {
        throw new InvalidObjectException(count + " things found");
      }
      List<Content> contents = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String url = in.readText();
        contents.add(new Content(url, in.readBoolean() ? in.readBytes() : null));
      }
      return new Found(id, new Finding(STATUSES[status], loader, text, contents));
    }
  }

  /** What was read by that loader is in use no more. */
  record Released(int loader) implements Frame {
    @Override
    public Type type() {
      return Type.RELEASED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(loader);
    }

    static Released read(FrameReader in) throws IOException {
      return new Released(in.readInt());
    }
  }

  /**
   * The submitter goes. The answer is {@link Detached}, once nothing of it is left.
   *
   * @param atOnce whether its workers are killed, else they end in good order
   */
  record Detach(boolean atOnce) implements Frame {
    @Override
    public Type type() {
      return Type.DETACH;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeBoolean(atOnce);
    }

    static Detach read(FrameReader in) throws IOException {
      return new Detach(in.readBoolean());
    }
  }

  /**
   * A question about the workers that the submitter has there. The answer is {@link Answer}.
   *
   * @param id tells it from others
   * @param question one of {@link dev.procession.internal.view.ViewProtocol}, or {@link #NO_MORE}
   * @param argument of the question
   */
  record Ask(int id, byte question, long argument) implements Frame {
    /** In place of a question: nothing needs to be remembered any more for who looks. */
    public static final byte NO_MORE = 0;

    @Override
    public Type type() {
      return Type.ASK;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(id);
      out.writeByte(question);
      out.writeLong(argument);
    }

    static Ask read(FrameReader in) throws IOException {
      return new Ask(in.readInt(), in.readByte(), in.readLong());
    }
  }

  /** What that worker has sent was an attack: it is to be killed. */
  record Condemn(long pid) implements Frame {
    @Override
    public Type type() {
      return Type.CONDEMN;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(pid);
    }

    static Condemn read(FrameReader in) throws IOException {
      return new Condemn(in.readLong());
    }
  }

  /**
   * A detached task: a call that the member is to run whatever becomes of the submitter, and whose
   * outcome it is to keep. The answer is {@link Entrusted}.
   */
  record Entrust(Run run) implements Frame {
    @Override
    public Type type() {
      return Type.ENTRUST;
    }

    @Override
    public long roughSize() {
      return run.roughSize();
    }

    @Override
    public void write(FrameWriter out) {
      run.write(out);
    }

    static Entrust read(FrameReader in) throws IOException {
      return new Entrust(Run.read(in));
    }
  }

  /**
   * A detached task is a call of this submitter as well, from now on: what becomes of it is told,
   * from the beginning. The answer is {@link Claimed}, before anything else of that call.
   *
   * @param call its number
   * @param id of the task
   */
  record Claim(long call, String id) implements Frame {
    @Override
    public Type type() {
      return Type.CLAIM;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeText(id);
    }

    static Claim read(FrameReader in) throws IOException {
      return new Claim(in.readLong(), in.readText());
    }
  }

  /** The outcome of that detached task need not be kept. */
  record Forget(String id) implements Frame {
    @Override
    public Type type() {
      return Type.FORGET;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeText(id);
    }

    static Forget read(FrameReader in) throws IOException {
      return new Forget(in.readText());
    }
  }

  /**
   * So much of what workers have printed has come to where it goes.
   *
   * @param bytes by {@link Output#roughSize}
   */
  record Printed(long bytes) implements Frame {
    @Override
    public Type type() {
      return Type.PRINTED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(bytes);
    }

    static Printed read(FrameReader in) throws IOException {
      return new Printed(in.readLong());
    }
  }

  /**
   * So much more of what the other side has sent was heard; from members as well.
   *
   * @param bytes of messages, without those aside
   */
  record Heard(long bytes) implements Frame {
    @Override
    public Type type() {
      return Type.HEARD;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(bytes);
    }

    static Heard read(FrameReader in) throws IOException {
      long bytes = in.readLong();
      if (bytes <= 0 || bytes > Outgoing.MOST_UNHEARD) {
        throw new InvalidObjectException(bytes + " bytes heard");
      }
      return new Heard(bytes);
    }
  }

  /**
   * Calls that follow may ask for a shared value, which is kept in the cluster's memory.
   *
   * @param value its name
   * @param size in bytes
   */
  record Share(String value, long size) implements Frame {
    @Override
    public Type type() {
      return Type.SHARE;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeText(value);
      out.writeLong(size);
    }

    static Share read(FrameReader in) throws IOException {
      return new Share(in.readText(), in.readLong());
    }
  }

  /** Workers are to read that shared value before they are asked for it. */
  record Preload(String value) implements Frame {
    @Override
    public Type type() {
      return Type.PRELOAD;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeText(value);
    }

    static Preload read(FrameReader in) throws IOException {
      return new Preload(in.readText());
    }
  }

  /** That shared value was closed. */
  record Unshare(String value) implements Frame {
    @Override
    public Type type() {
      return Type.UNSHARE;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeText(value);
    }

    static Unshare read(FrameReader in) throws IOException {
      return new Unshare(in.readText());
    }
  }

  /** The member is draining: all that it was given has come back, and no call follows. */
  record Noted() implements Frame {
    @Override
    public Type type() {
      return Type.NOTED;
    }
  }

  /** The member is to finish what runs and take nothing new; from whom it trusts. */
  record Drain() implements Frame {
    @Override
    public Type type() {
      return Type.DRAIN;
    }
  }

  /* ---- From members ---- */

  /** The answer to {@link Detach}: nothing of the submitter is left there. */
  record Detached() implements Frame {
    @Override
    public Type type() {
      return Type.DETACHED;
    }
  }

  /**
   * The answer to {@link Ask}.
   *
   * @param id of the question
   * @param answer as {@link dev.procession.internal.view.ViewProtocol#toBytes} writes it
   */
  record Answer(int id, byte[] answer) implements Frame {
    @Override
    public Type type() {
      return Type.ANSWER;
    }

    @Override
    public long roughSize() {
      return FIELDS + answer.length;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(id);
      out.writeBytes(answer);
    }

    static Answer read(FrameReader in) throws IOException {
      return new Answer(in.readInt(), in.readBytes());
    }
  }

  /**
   * The answer to {@link Entrust}.
   *
   * @param call its number there
   * @param id of the task from now on; empty if it was not taken
   * @param why it was not
   */
  record Entrusted(long call, String id, String why) implements Frame {
    @Override
    public Type type() {
      return Type.ENTRUSTED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeText(id);
      out.writeText(why);
    }

    static Entrusted read(FrameReader in) throws IOException {
      return new Entrusted(in.readLong(), in.readText(), in.readText());
    }
  }

  /**
   * The answer to {@link Claim}.
   *
   * @param call its number there
   * @param known whether there is such a task; if not, it is no call
   */
  record Claimed(long call, boolean known) implements Frame {
    @Override
    public Type type() {
      return Type.CLAIMED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeBoolean(known);
    }

    static Claimed read(FrameReader in) throws IOException {
      return new Claimed(in.readLong(), in.readBoolean());
    }
  }

  /** That shared value is not where it should be kept; the answer is {@link Share} once it is. */
  record Lack(String value) implements Frame {
    @Override
    public Type type() {
      return Type.LACK;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeText(value);
    }

    static Lack read(FrameReader in) throws IOException {
      return new Lack(in.readText());
    }
  }

  /**
   * A worker is ready, or has ended.
   *
   * @param event its snapshot, or its report, written as an answer
   */
  record Told(byte[] event) implements Frame {
    @Override
    public Type type() {
      return Type.TOLD;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeBytes(event);
    }

    static Told read(FrameReader in) throws IOException {
      return new Told(in.readBytes());
    }
  }

  /** To whom has said {@link Drain}: how many calls are left. */
  record Left(int calls) implements Frame {
    @Override
    public Type type() {
      return Type.LEFT;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(calls);
    }

    static Left read(FrameReader in) throws IOException {
      return new Left(in.readInt());
    }
  }

  /**
   * The member does not take this submitter, or not any more.
   *
   * @param attach number of the {@link Attach} that this is about; 0 for the last, whichever it is
   */
  record Refused(int attach, String why) implements Frame {
    @Override
    public Type type() {
      return Type.REFUSED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(attach);
      out.writeText(why);
    }

    static Refused read(FrameReader in) throws IOException {
      return new Refused(in.readInt(), in.readText());
    }
  }

  /**
   * The member has not got these jars.
   *
   * @param hashes of each
   */
  record Need(List<String> hashes) implements Frame {
    @Override
    public Type type() {
      return Type.NEED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(hashes.size());
      for (String hash : hashes) {
        out.writeText(hash);
      }
    }

    static Need read(FrameReader in) throws IOException {
      int count = in.readInt();
      if (count < 0 || count > in.available() / Integer.BYTES) {
        throw new InvalidObjectException(count + " jars needed");
      }
      List<String> hashes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        hashes.add(in.readText());
      }
      return new Need(hashes);
    }
  }

  /**
   * The member asks whether it may go on; its lease is counted from here.
   *
   * @param attach number of the {@link Attach} with which that has begun
   * @param asked when, by its own clock
   */
  record Renew(int attach, long asked) implements Frame {
    @Override
    public Type type() {
      return Type.RENEW;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(attach);
      out.writeLong(asked);
    }

    static Renew read(FrameReader in) throws IOException {
      return new Renew(in.readInt(), in.readLong());
    }
  }

  /**
   * A worker lacks a class or a resource.
   *
   * @param id comes back with the answer
   * @param request as the worker wrote it
   */
  record Lookup(int id, byte[] request) implements Frame {
    @Override
    public Type type() {
      return Type.LOOKUP;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(id);
      out.writeBytes(request);
    }

    static Lookup read(FrameReader in) throws IOException {
      return new Lookup(in.readInt(), in.readBytes());
    }
  }

  /**
   * What the member has for this submitter, from now on.
   *
   * @param attach number of the {@link Attach} with which that has begun
   * @param workers how many of its calls run at a time; 0 for none at present
   * @param credit how many calls it is ready to hold
   * @param draining whether it takes nothing new and is going to leave
   * @param mostBytes the longest payload of a call that it takes
   */
  record Capacity(int attach, int workers, int credit, boolean draining, long mostBytes)
      implements Frame {
    @Override
    public Type type() {
      return Type.CAPACITY;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeInt(attach);
      out.writeInt(workers);
      out.writeInt(credit);
      out.writeBoolean(draining);
      out.writeLong(mostBytes);
    }

    static Capacity read(FrameReader in) throws IOException {
      int attach = in.readInt();
      int workers = in.readInt();
      int credit = in.readInt();
      if (workers < 0 || credit < 0) {
        throw new InvalidObjectException(workers + " workers, credit " + credit);
      }
      return new Capacity(attach, workers, credit, in.readBoolean(), in.readLong());
    }
  }

  /**
   * A worker has begun it.
   *
   * @param pid of the worker
   * @param ago nanoseconds since then
   */
  record Begun(long call, long pid, long ago) implements Frame {
    @Override
    public Type type() {
      return Type.BEGUN;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeLong(pid);
      out.writeLong(ago);
    }

    static Begun read(FrameReader in) throws IOException {
      return new Begun(in.readLong(), in.readLong(), Math.max(0, in.readLong()));
    }
  }

  /**
   * The outcome of a call or of an element.
   *
   * @param element index in the chunk, 0 otherwise
   * @param last whether it was the last of the call
   * @param status as the worker says it
   * @param beside whether the bytes are a payload together with its large parts
   * @param pid of the worker
   * @param ago nanoseconds since it began
   */
  record Result(
      long call,
      int element,
      boolean last,
      int status,
      boolean beside,
      long pid,
      long ago,
      long runNanos,
      long cpuNanos,
      byte[] bytes)
      implements Frame {
    private static final int LAST = 1;
    private static final int BESIDE = 2;

    @Override
    public Type type() {
      return Type.RESULT;
    }

    @Override
    public long roughSize() {
      return FIELDS + bytes.length;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeInt(element);
      out.writeByte((last ? LAST : 0) | (beside ? BESIDE : 0));
      out.writeByte(status);
      out.writeLong(pid);
      out.writeLong(ago);
      out.writeLong(runNanos);
      out.writeLong(cpuNanos);
      out.writeBytes(bytes);
    }

    static Result read(FrameReader in) throws IOException {
      long call = in.readLong();
      int element = in.readInt();
      int flags = in.readByte();
      int status = in.readByte();
      if (element < 0 || status < 0) {
        throw new InvalidObjectException("element " + element + ", status " + status);
      }
      return new Result(
          call,
          element,
          (flags & LAST) != 0,
          status,
          (flags & BESIDE) != 0,
          in.readLong(),
          Math.max(0, in.readLong()),
          Math.max(0, in.readLong()),
          Math.max(0, in.readLong()),
          in.readBytes());
    }
  }

  /**
   * The call is over; this is the outcome of each element that has none of its own.
   *
   * @param failure encoded; empty if it was cancelled
   * @param crashed whether its worker ended under it, so that another attempt is allowed
   * @param ago nanoseconds since it began, 0 if that is not known
   */
  record Over(long call, byte[] failure, boolean crashed, long ago, long pid) implements Frame {
    @Override
    public Type type() {
      return Type.OVER;
    }

    @Override
    public long roughSize() {
      return FIELDS + failure.length;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeBytes(failure);
      out.writeBoolean(crashed);
      out.writeLong(ago);
      out.writeLong(pid);
    }

    static Over read(FrameReader in) throws IOException {
      return new Over(
          in.readLong(),
          in.readBytes(),
          in.readBoolean(),
          Math.max(0, in.readLong()),
          in.readLong());
    }
  }

  /** The call is over, and every element that it has kept has an outcome. */
  record Ended(long call) implements Frame {
    @Override
    public Type type() {
      return Type.ENDED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
    }

    static Ended read(FrameReader in) throws IOException {
      return new Ended(in.readLong());
    }
  }

  /**
   * A chunk was cut in two.
   *
   * @param at index of the first element that is not of this call any more
   * @param rest number of the call that has those
   */
  record Cut(long call, int at, long rest) implements Frame {
    @Override
    public Type type() {
      return Type.CUT;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeInt(at);
      out.writeLong(rest);
    }

    static Cut read(FrameReader in) throws IOException {
      long call = in.readLong();
      int at = in.readInt();
      if (at < 0) {
        throw new InvalidObjectException("call " + call + " cut at " + at);
      }
      return new Cut(call, at, in.readLong());
    }
  }

  /** No worker has begun these, and none there will. */
  record Returned(List<Long> calls) implements Frame {
    @Override
    public Type type() {
      return Type.RETURNED;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLongs(calls);
    }

    static Returned read(FrameReader in) throws IOException {
      return new Returned(in.readLongs());
    }
  }

  /** These were asked for but have begun. */
  record Kept(List<Long> calls) implements Frame {
    @Override
    public Type type() {
      return Type.KEPT;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLongs(calls);
    }

    static Kept read(FrameReader in) throws IOException {
      return new Kept(in.readLongs());
    }
  }

  /**
   * How far a call is.
   *
   * @param report as a worker writes it
   */
  record Progress(long call, byte[] report) implements Frame {
    @Override
    public Type type() {
      return Type.PROGRESS;
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(call);
      out.writeBytes(report);
    }

    static Progress read(FrameReader in) throws IOException {
      return new Progress(in.readLong(), in.readBytes());
    }
  }

  /**
   * A line that a worker printed.
   *
   * @param task number of the task, -1 if it is of none
   * @param taskName empty if it is of none
   * @param error whether it was printed on standard error
   */
  record Output(long pid, long task, String taskName, boolean error, String text) implements Frame {
    private static final int MOST_OF_NAME = 1_000; // names have no bound

    @Override
    public Type type() {
      return Type.OUTPUT;
    }

    @Override
    public long roughSize() {
      return FIELDS + Math.min(MOST_OF_NAME, taskName.length()) + text.length();
    }

    @Override
    public void write(FrameWriter out) {
      out.writeLong(pid);
      out.writeLong(task);
      out.writeText(taskName);
      out.writeBoolean(error);
      out.writeText(text);
    }

    static Output read(FrameReader in) throws IOException {
      return new Output(
          in.readLong(), in.readLong(), in.readText(), in.readBoolean(), in.readText());
    }
  }

  /* ---- Rows of them ---- */

  /** Appends a frame. */
  static void append(Frame frame, FrameWriter out) {
    out.writeByte(frame.type().ordinal());
    frame.write(out);
  }

  /**
   * Reads a message, which begins there.
   *
   * @throws IOException if it is malformed
   */
  static List<Frame> readAll(byte[] message, int from) throws IOException {
    FrameReader in = new FrameReader(message, from);
    List<Frame> frames = new ArrayList<>();
    while (in.available() > 0) {
      frames.add(Type.of(in.readByte()).read(in));
    }
    return frames;
  }
}
