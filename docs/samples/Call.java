import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Creates a user unless there is one of that address, then lists all users. Needs Java 17 and no library; take a JSON
 * library in place of {@link #field} in a program of your own.
 */
public final class Call {
    private static final String API_URL = System.getenv("API_URL");
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    private static final long MAX_WAIT_SECONDS = 30;

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(REQUEST_TIMEOUT).build();
    private String token;
    private Instant renewAt = Instant.MIN;

    public static void main(String[] args) throws Exception {
        new Call().run();
    }

    private void run() throws IOException, InterruptedException {
        HttpResponse<String> created = call(request("/api/v1/users")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{ \"email\": \"ada@example.com\", \"name\": \"Ada Lovelace\" }")));
        if (created.statusCode() != 409) check(created);
        System.out.println(created.statusCode() == 409 ? "is there already" : "created");

        Optional<String> next = Optional.of("/api/v1/users?limit=100");
        while (next.isPresent()) {
            HttpResponse<String> page = call(request(next.get()));
            check(page);
            Pattern.compile("\"email\":\"([^\"]+)\"").matcher(page.body()).results()
                    .forEach(user -> System.out.println(user.group(1)));
            // Link: </api/v1/users?limit=100&cursor=…>; rel="next"
            next = page.headers().firstValue("Link").map(link -> link.substring(1, link.indexOf('>')));
        }
    }

    private void renewToken() throws IOException, InterruptedException {
        String client = System.getenv("CLIENT_ID") + ":" + System.getenv("CLIENT_SECRET");
        String scope = System.getenv().getOrDefault("SCOPE", "");
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("TOKEN_URL")))
                .timeout(REQUEST_TIMEOUT)
                .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(client.getBytes()))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("grant_type=client_credentials&scope="
                        + URLEncoder.encode(scope, StandardCharsets.UTF_8)))
                .build();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) throw new IOException("no token: " + answer.body());
        token = field(answer.body(), "access_token");
        renewAt = Instant.now().plusMillis(Long.parseLong(field(answer.body(), "expires_in")) * 750);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(API_URL + path)).timeout(REQUEST_TIMEOUT);
    }

    /** Sends a request; once more with a new token after 401, up to three times more after 503 with Retry-After. */
    private HttpResponse<String> call(HttpRequest.Builder request) throws IOException, InterruptedException {
        if (!Instant.now().isBefore(renewAt)) renewToken();
        boolean renewed = false;
        for (int waits = 0;;) {
            HttpRequest authorized = request.setHeader("Authorization", "Bearer " + token).build();
            HttpResponse<String> answer = http.send(authorized, BodyHandlers.ofString());
            OptionalLong retryAfter = answer.headers().firstValueAsLong("Retry-After");
            if (answer.statusCode() == 401 && !renewed) {
                renewed = true;
                renewToken();
            } else if (answer.statusCode() == 503 && retryAfter.isPresent() && waits++ < 3) {
                Thread.sleep(Math.min(retryAfter.getAsLong(), MAX_WAIT_SECONDS) * 1000);
            } else {
                return answer;
            }
        }
    }

    private static void check(HttpResponse<String> answer) throws IOException {
        if (answer.statusCode() >= 400) throw new IOException(answer.statusCode() + " " + answer.body());
    }

    private static String field(String json, String name) throws IOException {
        return Pattern.compile('"' + name + "\":\\s*\"?([^\",}]+)").matcher(json).results()
                .map(found -> found.group(1)).findFirst().orElseThrow(() -> new IOException("no " + name));
    }
}
